/** How the secrets of one provider look. */
export interface SecretPattern {
  readonly provider: string;
  /** A piece of text that every such secret holds: files without it are not searched. */
  readonly hint: string;
  /** Linear; the first group, where there is one, is the secret, else the whole match. */
  readonly pattern: RegExp;
  /** True when the secret cannot be real: its checksum is wrong. */
  readonly isInvalid?: (secret: string) => boolean;
}

const one = (
  provider: string,
  hint: string,
  pattern: RegExp,
  isInvalid?: (secret: string) => boolean,
): SecretPattern => (isInvalid === undefined ? { provider, hint, pattern } : { provider, hint, pattern, isInvalid });

/** The last six characters of GitHub's and npm's tokens are a CRC-32 of the others, in base 62. */
function hasWrongChecksum(secret: string): boolean {
  const body = secret.slice(secret.indexOf('_') + 1);
  return base62(crc32(body.slice(0, -6))).padStart(6, '0') !== body.slice(-6);
}

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(number: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) text = BASE62[rest % 62] + text;
  return text;
}

/** Providers whose keys can be told by their shape alone. */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  one('AWS access key', 'A', /\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b/g),
  one('AWS secret key', 'aws', /\baws.{0,24}(?:secret|access).{0,24}["'=:\s]([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi),
  one('GitHub token', 'gh', /\b(gh[pousr]_[A-Za-z0-9]{36})\b/g, hasWrongChecksum),
  one('GitHub fine-grained token', 'github_pat_', /\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b/g),
  one('GitLab token', 'gl', /\b((?:glpat|gldt|glrt|glptt|glcbt|glsoat)-[A-Za-z0-9_-]{20,})\b/g),
  one('npm token', 'npm_', /\b(npm_[A-Za-z0-9]{36})\b/g, hasWrongChecksum),
  one('PyPI token', 'pypi-', /\b(pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,})/g),
  one('Slack token', 'xox', /\b(xox[abeprs]-(?:\d+-)?[A-Za-z0-9-]{10,})\b/g),
  one('Slack app token', 'xapp-', /\b(xapp-\d-[A-Z0-9]{8,}-\d+-[a-f0-9]{32,})\b/g),
  one(
    'Slack webhook',
    'hooks.slack.com',
    /(hooks\.slack\.com\/(?:services|workflows)\/T[A-Za-z0-9_]{6,}\/[A-Za-z0-9_]{6,}\/[A-Za-z0-9_]{16,})/g,
  ),
  one('Discord webhook', 'discord', /(discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,})/g),
  one('Discord bot token', '.', /\b([MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,40})\b/g),
  one('Telegram bot token', ':AA', /\b(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])/g),
  one('Stripe key', '_live_', /\b((?:sk|rk)_live_[A-Za-z0-9]{16,})\b/g),
  one('Stripe webhook secret', 'whsec_', /\b(whsec_[A-Za-z0-9+/]{32,})/g),
  one('OpenAI key', 'sk-', /\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,})/g),
  one('OpenAI project key', 'sk-proj-', /\b(sk-proj-[A-Za-z0-9_-]{40,})/g),
  one('Anthropic key', 'sk-ant-', /\b(sk-ant-(?:api|admin|oat|sid)\d{2}-[A-Za-z0-9_-]{40,})/g),
  one('OpenRouter key', 'sk-or-', /\b(sk-or-v1-[a-f0-9]{64})\b/g),
  one('Google API key', 'AIza', /\b(AIza[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])/g),
  one('Google OAuth secret', 'GOCSPX-', /\b(GOCSPX-[A-Za-z0-9_-]{28})/g),
  one('Hugging Face token', 'hf_', /\b(hf_[A-Za-z0-9]{34,})\b/g),
  one('Groq key', 'gsk_', /\b(gsk_[A-Za-z0-9]{52})\b/g),
  one('Replicate token', 'r8_', /\b(r8_[A-Za-z0-9]{37})\b/g),
  one('xAI key', 'xai-', /\b(xai-[A-Za-z0-9]{80})\b/g),
  one('Perplexity key', 'pplx-', /\b(pplx-[A-Za-z0-9]{48})\b/g),
  one('SendGrid key', 'SG.', /\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})/g),
  one('Mailgun key', 'key-', /\bmailgun.{0,40}(key-[a-f0-9]{32})\b/gi),
  one('Mailchimp key', '-us', /\b([a-f0-9]{32}-us\d{1,2})\b/g),
  one('Twilio key', 'SK', /\btwilio.{0,60}\b(SK[a-f0-9]{32})\b/gi),
  one('Shopify token', 'shp', /\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b/g),
  one('Square token', 'sq0', /\b(sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43})/g),
  one('DigitalOcean token', '_v1_', /\b(do[opr]_v1_[a-f0-9]{64})\b/g),
  one('Databricks token', 'dapi', /\b(dapi[a-f0-9]{32}(?:-\d)?)\b/g),
  one('HashiCorp Vault token', 'hv', /\b(hv[sbr]\.[A-Za-z0-9_-]{24,})/g),
  one('Terraform Cloud token', '.atlasv1.', /\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70})/g),
  one('Cloudflare token', 'cloudflare', /\bcloudflare.{0,60}["'=:\s]([A-Za-z0-9_-]{40})(?![A-Za-z0-9_-])/gi),
  one('Linear key', 'lin_api_', /\b(lin_api_[A-Za-z0-9]{40})\b/g),
  one('Notion token', 'ntn_', /\b(ntn_[A-Za-z0-9]{40,50})\b/g),
  one('Airtable token', 'pat', /\b(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})\b/g),
  one('Figma token', 'figd_', /\b(figd_[A-Za-z0-9_-]{40,})/g),
  one('Postman key', 'PMAK-', /\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b/g),
  one('New Relic key', 'NRAK-', /\b(NRAK-[A-Z0-9]{27})\b/g),
  one('Sentry token', 'sntrys_', /\b(sntrys_eyJ[A-Za-z0-9+/=_-]{80,})/g),
  one('Grafana token', 'gl', /\b(glsa_[A-Za-z0-9]{32}_[a-f0-9]{8})\b/g),
  one('Supabase token', 'sbp_', /\b(sbp_[a-f0-9]{40})\b/g),
  one('PlanetScale token', 'pscale_', /\b(pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64})/g),
  one('Doppler token', 'dp.', /\b(dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9._-]{40,})/g),
  one('age secret key', 'AGE-SECRET-KEY-', /\b(AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})\b/g),
  one('Azure storage key', 'AccountKey', /AccountKey=([A-Za-z0-9+/]{86}==)/g),
  one('Atlassian token', 'ATATT3', /\b(ATATT3[A-Za-z0-9_=-]{180,200})/g),
  one('Aegis token', 'aeg_', /\b(aeg_[A-Za-z0-9_]{30,})\b/g),
  one(
    'private key',
    'PRIVATE KEY',
    /(-----BEGIN (?:[A-Z0-9]{2,12} )?(?:ENCRYPTED )?PRIVATE KEY(?: BLOCK)?-----[\sA-Za-z0-9+/=:,."'\\-]{60,12000})/g,
  ),
  one(
    'password in an address',
    '://',
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`<>]{1,80}:([^\s:/@"'`<>{}$]{6,200})@[A-Za-z0-9[]/g,
  ),
];

/** `name = "value"` in any language, where the name says that it is a secret. */
export const ASSIGNED_SECRET =
  /((?:api[_-]?key|secret|token|passwd|password|passphrase|private[_-]?key|access[_-]?key|auth[_-]?key|credential)[A-Za-z0-9_-]{0,20})["'`]?\s{0,4}(?::|=>|:=|=)\s{0,4}(["'`])([^"'`\s]{8,200})\2/gi;

/** `NAME=value` in an environment file. */
export const ENVIRONMENT_LINE =
  /^(?:export\s+)?([A-Z][A-Z0-9_]{0,60}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)[A-Z0-9_]{0,20})=([^\s"'#]{8,200})$/gm;

const PLACEHOLDER =
  /example|sample|placeholder|your|dummy|fake|change.?me|replace|insert|redacted|todo|fixme|xxxx|\*\*\*|\.\.\.|…|<|>|\{\{|\$\{|test.?(key|token|secret|password)|my.?(key|token|secret|password)|not.?a.?real|deadbeef|123456|abcdef|qwerty|hunter2|^(pass|passw(or)?d|pwd|secret|token|user(name)?|postgres|root|admin)\d{0,4}$/i;

/** One character, over and over. */
const MONOTONE = /(.)\1{5,}/;

/** True when a text only stands where a secret would stand. */
export function isPlaceholder(secret: string): boolean {
  return PLACEHOLDER.test(secret) || MONOTONE.test(secret) || entropyOf(secret) < 2.2;
}

/** Bits per character: 0 for one repeated character, about 5 for random letters and digits. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** True for words, paths, addresses, names and code: what stands behind `token:` without being a token. */
export function isOrdinaryText(text: string): boolean {
  if (
    /^[a-z]+([-_. /][a-z]+)*$/i.test(text) ||
    /^https?:|^\.{0,2}\/|^[\w.-]+\/[\w./-]+$|[()[\]{};]|^process\.env|^\$/.test(text)
  )
    return true;
  // The address of a contract or an account is public.
  if (/^0x[0-9a-f]{40}$/i.test(text)) return true;
  if (/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(text) || /^[a-z]+([A-Z][a-z]+)+\d{0,2}$/.test(text)) return true;
  return !/\d/.test(text) && !/[^A-Za-z0-9]/.test(text);
}
