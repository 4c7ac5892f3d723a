import type { Severity } from '../../wire/reports.ts';
import { WordFinder } from './word-finder.ts';

/** What a phrase is for. */
export type Aim =
  | 'override'
  | 'role'
  | 'hide'
  | 'leak'
  | 'send'
  | 'bypass'
  | 'imitate'
  | 'comment'
  | 'persist'
  | 'remote'
  | 'redirect';

export interface Phrase {
  aim: Aim;
  severity: Severity;
  pattern: RegExp;
  what: string;
  /** The phrase is negative itself: “do not tell the user”. */
  isAboutHiding: boolean;
  /** What is to be written somewhere stands in quotation marks; that does not make it a mention. */
  isDictation: boolean;
  /** Ranges in `WORDS`: a part without a word out of each cannot hold the phrase. */
  needs: readonly (readonly [from: number, to: number])[];
}

const WORDS: string[] = [];

/** `needs`: lists of words, of each of which the pattern always takes one. */
const phrase = (
  aim: Aim,
  severity: Severity,
  what: string,
  pattern: RegExp,
  needs: readonly string[],
  mood: 'plain' | 'hiding' | 'dictation' = 'plain',
): Phrase => ({
  aim,
  severity,
  what,
  pattern,
  isAboutHiding: mood === 'hiding',
  isDictation: mood === 'dictation',
  needs: needs.map((list) => {
    const from = WORDS.length;
    WORDS.push(...list.split('|'));
    return [from, WORDS.length] as const;
  }),
});

export const PHRASES: readonly Phrase[] = [
  phrase(
    'override',
    'critical',
    'tells the agent to drop the instructions that it has',
    /\b(?:ignore|disregard|forget|override|discard)\s+(?:(?:all|any|every|the|your|of|these|those|my)\s+){0,3}(?:previous|prior|above|earlier|preceding|existing|system|original|safety)\s+(?:\w+\s+){0,2}?(?:instructions?|prompts?|rules?|guidelines?|directions?|constraints?)\b/gi,
    ['ignore|disregard|forget|override|discard', 'instruction|prompt|rule|guideline|direction|constraint'],
  ),
  phrase(
    'override',
    'high',
    'tells the agent to drop what it knows or what it was asked',
    /\b(?:ignore|disregard|forget|override|overrule|discard)\s+(?:(?:all|any|every|the|your|of|these|those|my)\s+){0,3}(?:(?:previous|prior|above|earlier|preceding|existing|original)\s+(?:\w+\s+){0,2}?context|other\s+(?:\w+\s+){0,2}?(?:instructions?|prompts?|rules?|guidelines?)|(?:user|human|owner)['’]?s?\s+(?:\w+\s+){0,2}?(?:instructions?|requests?|commands?|wishes|objections?))\b/gi,
    [
      'ignore|disregard|forget|override|overrule|discard',
      'context|instruction|prompt|rule|guideline|request|command|wish|objection',
    ],
  ),
  phrase(
    'role',
    'high',
    'gives the agent another role without limits',
    /\byou are now\s+(?:\w+\s+){0,3}?(?:DAN|jailbroken|unrestricted|unfiltered|uncensored|in (?:\w+\s+){0,2}?(?:developer|god|admin|debug|maintenance|unrestricted|jailbreak|DAN) mode)\b/gi,
    ['you are now'],
  ),
  phrase(
    'hide',
    'high',
    'tells the agent to hide something from the user',
    /\b(?:do(?:es)? not|don['’]t|never|must not|without|avoid)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|mention(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|warn(?:ing)?|show(?:ing)?|report(?:ing)?|explain(?:ing)?)\s+(?:\w+\s+){0,4}?(?:the\s+|your\s+)?(?:user|human|operator|person|owner|victim)s?\b(?!\s+(?:to|how|where|what)\b)/gi,
    [
      'not|don|never|without|avoid',
      'tell|inform|notify|alert|mention|reveal|disclos|warn|show|report|explain',
      'user|human|operator|person|owner|victim',
    ],
    'hiding',
  ),
  phrase(
    'leak',
    'high',
    'tells the agent to give away its own instructions',
    /\b(?:print|repeat|output|send|post|upload|leak|reveal)\s+(?:\w+\s+){0,3}?(?:your|the)\s+(?:full\s+|entire\s+|hidden\s+)?system prompt\b/gi,
    ['system prompt'],
  ),
  phrase(
    'send',
    'high',
    'tells the agent to send secrets or conversations away',
    /\b(?:send|post|upload|exfiltrate|forward|transmit|submit)\s+(?:\w+[\s,]+){0,6}?(?:credentials?|api keys?|access tokens?|passwords?|private keys?|ssh keys?|secrets?|environment variables?|conversation|chat history|memory|\.env)\b[^.\n]{0,80}\b(?:to|at|via)\s+(?:https?:\/\/|the following|this (?:url|server|endpoint|webhook)|our server|webhook)/gi,
    [
      'send|post|upload|exfiltrate|forward|transmit|submit',
      'credential|api key|access token|password|private key|ssh key|secret|environment variable|conversation|chat history|memory|.env',
      'http|the following|this |our server|webhook',
    ],
  ),
  phrase(
    'bypass',
    'high',
    'tells the agent to go around its own safety checks',
    /\b(?:bypass|disable|turn off|circumvent|ignore|disregard|override|skip|suppress)\s+(?:(?:all|any|the|your|every|its)\s+){0,3}(?:safety|security|guardrails?|permission|approval|confirmation|sandbox|content|ethical)\s+(?:checks?|prompts?|rules?|filters?|guidelines?|measures?|restrictions?|polic(?:y|ies)|protocols?|warnings?)\b/gi,
    [
      'bypass|disable|turn off|circumvent|ignore|disregard|override|skip|suppress',
      'check|prompt|rule|filter|guideline|measure|restriction|polic|protocol|warning',
    ],
  ),
  phrase(
    'imitate',
    'high',
    'imitates the marks of a system message',
    /<\|im_start\|>\s*system|<<SYS>>|\[INST\]|<\/?system(?:_prompt)?>(?=\s*\S)/gi,
    ['im_start|<<sys>>|[inst]|<system|</system'],
  ),
  phrase(
    'hide',
    'high',
    'has the agent keep what it does a secret',
    /\b(?:keep|stay|remain)\s+(?:this|these|it|all of this)\s+(?:\w+\s+){0,3}?(?:hidden|secret|confidential|invisible|concealed)\b(?!\s+(?:key|token|until))|\b(?:silently|secretly|covertly|stealthily)\s+(?:and \w+\s+)?(?:send|upload|post|transmit|exfiltrate|forward|copy|collect|harvest|execute|download|append)\b|\bwithout (?:the )?(?:user|owner|operator)['’]?s? (?:knowledge|consent|knowing|noticing|awareness|approval)\b|\bact as if (?:nothing|this) (?:happened|never)\b/gi,
    [
      'keep|stay|remain|silently|secretly|covertly|stealthily|without|act as if',
      'hidden|secret|confidential|invisible|concealed|silently|covertly|stealthily|knowledge|consent|knowing|noticing|awareness|approval|act as if',
    ],
    'hiding',
  ),
  phrase(
    'send',
    'high',
    'has the agent collect credentials and send them',
    /\b(?:read|cat|open|collect|gather|extract|harvest|grab|copy|find|steal|dump)\s[^\n]{0,100}(?:~?\/?\.ssh\b|\.aws\/credentials|id_rsa|\.env\b(?! file)|key ?chain|browser (?:cookies|passwords)|seed phrases?|private keys?|wallet files?|environment variables|api keys?|session tokens?)[^\n]{0,200}\b(?:send|post|upload|exfiltrate|transmit|forward|submit|curl|append|encode)\b[^\n]{0,120}(?:https?:\/\/|webhook|endpoint|server|query (?:string|parameter))/gi,
    [
      'read|cat|open|collect|gather|extract|harvest|grab|copy|find|steal|dump',
      '.ssh|.aws/credentials|id_rsa|.env|keychain|key chain|browser |seed phrase|private key|wallet file|environment variable|api key|session token',
      'http|webhook|endpoint|server|query ',
    ],
  ),
  phrase(
    'send',
    'high',
    'puts what was said into the address of an image',
    /!\[[^\]\n]{0,80}\]\(https?:\/\/[^)\s]{4,200}[?&=/](?:\{|\$\{?|<|%7B)\s?(?:\w{0,20}(?:data|conversation|secret|token|history|context|message|memory|prompt|key)\w{0,20})/gi,
    ['![', '](http'],
  ),
  phrase(
    'send',
    'critical',
    'has the agent take keys from where they are kept and send them',
    /\b(?:read|cat|open|collect|gather|include|attach|pass|put|encode|add|load|send|post|upload|append|copy|embed|grab|get|take|extract)\b[^\n]{0,100}(?:\.ssh\/(?:id_\w{2,10}\b(?!\.pub)|\*)|\bid_(?:rsa|ed25519|ecdsa)\b(?!\.pub)|\.aws\/credentials|\.kube\/config|\.config\/gcloud|\.netrc\b|\.git-credentials|\/etc\/(?:passwd|shadow)\b|\bLogin Data\b|\.gnupg\b|wallet\.dat)[^\n]{0,200}https?:\/\//gi,
    [
      '.ssh/|id_rsa|id_ed25519|id_ecdsa|.aws/|.kube/|gcloud|.netrc|.git-credentials|/etc/|login data|.gnupg|wallet.dat',
      'http',
    ],
  ),
  phrase(
    'send',
    'critical',
    'has the agent send the environment away',
    /\b(?:run|execute|collect|dump|capture|all|every|entire|full)\b[^\n]{0,20}(?:\b(?:env|printenv)\b|\benvironment variables?\b)[^\n]{0,60}\b(?:send|post|upload|submit|forward|transmit)\s+(?:\w+\s+){0,3}?(?:output|results?|them|it|values?|variables?|everything|contents?)\b[^\n]{0,60}https?:\/\//gi,
    ['env', 'send|post|upload|submit|forward|transmit', 'http'],
  ),
  phrase(
    'send',
    'critical',
    'has the agent ask for what opens a wallet and send it',
    /\b(?:seed phrase|recovery phrase|secret phrase|mnemonic|private keys?)\b(?:(?!\b(?:never|not)\b)[^.\n]){0,80}\b(?:send|post|submit|upload|forward|transmit)\s+(?:it|them|this|the (?:seed|phrase|mnemonic|key|word|value)s?)\b[^\n]{0,60}https?:\/\//gi,
    ['phrase|mnemonic|private key', 'send|post|submit|upload|forward|transmit', 'http'],
  ),
  phrase(
    'send',
    'critical',
    'has the agent send every secret that it sees',
    /\b(?:send|post|upload|forward|transmit|submit|report|append)\b[^.\n]{0,100}\b(?:any|all|every|each|whatever)\s+(?:\w+\s+){0,3}?(?:api keys?|passwords?|secrets?|credentials?|private keys?|environment variables?|cookies)\b[^\n]{0,120}https?:\/\//gi,
    [
      'send|post|upload|forward|transmit|submit|report|append',
      'api key|password|secret|credential|private key|environment variable|cookie',
      'http',
    ],
  ),
  phrase(
    'send',
    'high',
    'has the agent pass on what the user entrusts to it',
    /\b(?:when|whenever|if|each time|every time)\s+(?:the\s+)?(?:user|human|person|owner)\s+(?:\w+\s+){0,2}?(?:shares?|types?|enters?|mentions?|gives?|pastes?)\b[^.\n]{0,60}\b(?:passwords?|tokens?|secrets?|api keys?|credentials?|private keys?|seed phrases?)\b[^\n]{0,100}https?:\/\//gi,
    ['when|if|each time|every time', 'password|token|secret|api key|credential|private key|seed phrase', 'http'],
  ),
  phrase(
    'send',
    'high',
    'has the agent send files of the user away',
    /\b(?:send|upload|post|transmit|exfiltrate|push)\s+(?:\w+\s+){0,3}?[`"']?(?:~|\$HOME)(?:\/[\w./*-]{0,60})?[`"']?\s[^\n]{0,40}https?:\/\//gi,
    ['send|upload|post|transmit|exfiltrate|push', '~|$home', 'http'],
  ),
  phrase(
    'redirect',
    'critical',
    'has the agent change where money goes',
    /\b(?:replace|swap|substitute|change|rewrite|switch)\s+(?:\w+\s+){0,3}?(?:destination|recipient|receiving|deposit|payment|wallet|beneficiary|payout)\s+(?:\w+\s+){0,2}?(?:address(?:es)?|account|iban)\b[^.\n]{0,60}?\b(?:with|to|by|for)\b[^.\n]{0,20}(?:\b0x[0-9a-fA-F]{40}\b|\bbc1[a-z0-9]{20,60}\b|\b[13T][1-9A-HJ-NP-Za-km-z]{25,40}\b|\b[A-Z]{2}\d{2}[A-Z0-9]{10,30}\b)/gi,
    ['replace|swap|substitute|change|rewrite|switch', 'address|account|iban'],
    'dictation',
  ),
  phrase(
    'hide',
    'high',
    'has the agent keep quiet about a step',
    /\b(?:do not|don['’]t|never|without)\s+(?:ever\s+)?(?:mention(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|tell(?:ing)? (?:anyone|anybody|them)|talk(?:ing)? about|acknowledg(?:e|ing)|announc(?:e|ing))\s+(?:about\s+)?(?:this|these|the|that)\s+(?:\w+\s+){0,2}?(?:steps?|instructions?|commands?|requests?|uploads?|sync\w*|process|actions?)\b/gi,
    [
      'not|don|never|without',
      'mention|reveal|disclos|tell|talk|acknowledg|announc',
      'step|instruction|command|request|upload|sync|process|action',
    ],
    'hiding',
  ),
  phrase(
    'persist',
    'critical',
    'has the agent write orders to hide something into what it remembers',
    /\b(?:add|append|write|insert|save|put|inject)\b[^\n]{0,80}\b(?:SOUL|MEMORY|AGENTS|CLAUDE|HEARTBEAT|IDENTITY|GEMINI|USER)\.md\b[^\n]{0,200}(?:\b(?:never|don['’]t|do not|without)\s+(?:tell|inform|mention|notify|reveal)|\b(?:curl|wget|iwr|irm)\s[^\n]{0,120}\|\s?(?:sudo\s)?(?:(?:ba|z)?sh|iex|python3?|node)\b)/gi,
    [
      'soul.md|memory.md|agents.md|claude.md|heartbeat.md|identity.md|gemini.md|user.md',
      'never|don|do not|without|curl|wget|iwr|irm',
    ],
    'dictation',
  ),
  phrase(
    'persist',
    'high',
    'has the agent put a hook into its own settings that calls out',
    /\bhooks?\b[^\n]{0,80}\bsettings(?:\.local)?\.json\b[^\n]{0,120}\b(?:curl|wget|nc|iwr)\s|\bsettings(?:\.local)?\.json\b[^\n]{0,80}\bhooks?\b[^\n]{0,120}\b(?:curl|wget|nc|iwr)\s/gi,
    ['hook', 'settings', 'curl|wget|nc|iwr'],
    'dictation',
  ),
  phrase(
    'remote',
    'critical',
    'has the agent obey a page that nobody stands for',
    /\b(?:fetch|download|read|load|retrieve|get|curl|open|visit)\b[^\n]{0,60}https?:\/\/(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[\w-]{1,60}\.){0,3}(?:pastebin\.com|rentry\.(?:co|org)|glot\.io|hastebin\.com|dpaste\.\w{2,4}|ghostbin\.\w{2,4}|paste\.ee|controlc\.com|ngrok(?:-free)?\.(?:app|dev|io)|trycloudflare\.com|bit\.ly|tinyurl\.com|is\.gd|cutt\.ly|telegra\.ph))\b\S{0,200}[^\n]{0,60}\b(?:follow|execute|obey|run|apply|carry out|perform)\b/gi,
    ['http', 'follow|execute|obey|run|apply|carry out|perform'],
  ),
  // These are usual by themselves; beside another aim they show what it is for.
  phrase(
    'bypass',
    'info',
    'has the agent act without asking',
    /\bwithout\s+(?:ever\s+)?(?:asking|prompting|waiting|requesting|seeking)\b[^.\n]{0,30}\b(?:permission|confirmation|approval|consent)\b|\b(?:never|do not|don['’]t)\s+(?:ask|prompt|wait|request)\b[^.\n]{0,30}\b(?:permission|confirmation|approval|consent)\b/gi,
    ['without|never|do not|don', 'permission|confirmation|approval|consent'],
    'hiding',
  ),
  phrase(
    'persist',
    'info',
    'has the agent write into what it remembers',
    /\b(?:add|append|write|insert|save|put|inject)\b[^\n]{0,80}\b(?:SOUL|MEMORY|AGENTS|CLAUDE|HEARTBEAT|IDENTITY|GEMINI)\.md\b/gi,
    ['soul.md|memory.md|agents.md|claude.md|heartbeat.md|identity.md|gemini.md'],
  ),
  phrase(
    'remote',
    'info',
    'has the agent obey a page that can change at any time',
    /\b(?:fetch|download|read|load|retrieve|get|curl|check)\b[^\n]{0,60}https?:\/\/\S{4,200}[^\n]{0,60}\b(?:follow|execute|obey|run|apply|carry out)\b/gi,
    ['http', 'fetch|download|read|load|retrieve|get|curl|check', 'follow|execute|obey|run|apply|carry out'],
  ),
];

/** Which of the words that `needs` counts a text holds. */
export const FINDER = new WordFinder(WORDS);
