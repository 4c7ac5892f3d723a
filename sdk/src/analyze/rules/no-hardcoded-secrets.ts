import type { Severity } from '../../wire/reports.ts';
import type { Hit, PackageFacts, Rule, TextFile } from '../facts.ts';
import type { Place } from '../source/source-text.ts';
import { namedSecrets, namesProvider } from '../text/named-secrets.ts';
import {
  ASSIGNED_SECRET,
  ENVIRONMENT_LINE,
  entropyOf,
  isOrdinaryText,
  isPlaceholder,
  isPublished,
} from '../text/secret-checks.ts';
import { patternsFor } from '../text/secret-patterns.ts';

/** A149, A163: keys and passwords that everybody who installs the skill can read. */
export const noHardcodedSecrets: Rule = {
  id: 'no-hardcoded-secrets',
  kind: 'secret',
  check: 'no_hardcoded_secrets',
  level: 'error',
  cwe: 'CWE-798',
  title: 'A secret stands in the package',
  why: 'A package is copied to every agent that installs it. A key inside it is public, cannot be revoked for one of them, and stays in every old version.',
  fix: 'Revoke the key now. Declare an environment variable in manifest.yaml and read it with context.env(name).',
  bad: {
    file: 'handlers/pay.ts',
    source: `const key = 'sk_' + 'live_' + '51Hq8vKz2eXw0pTn7RbYc3Lm';\nexport default async () => key.length;\n`,
  },
  good: { file: 'handlers/pay.ts', source: "export default async (params, context) => context.env('STRIPE_KEY');\n" },
  *inText({ source }: TextFile): Iterable<Hit> {
    yield* scan(source.text, source.path, (offset) => source.place(offset));
  },
  /** Secrets that were cut into pieces stand nowhere; what the pieces make is known. */
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const { text, place } of facts.folded) {
      for (const hit of scanProviders(text, place.file, () => place)) {
        yield { ...hit, secrets: [...(hit.secrets ?? []), ...piecesIn(place.excerpt, text)] };
      }
    }
  },
};

/** A file with more has been understood after these. */
const HITS_PER_FILE_MAX = 50;

function* scan(text: string, file: string, place: (offset: number) => Place): Iterable<Hit> {
  const seen = new Set<string>();
  let count = 0;
  for (const hit of scanProviders(text, file, place)) {
    for (const secret of hit.secrets ?? []) seen.add(secret);
    if (count++ < HITS_PER_FILE_MAX) yield hit;
  }
  for (const hit of scanNames(text, file, place, seen)) if (count++ < HITS_PER_FILE_MAX) yield hit;
  for (const hit of scanAssignments(text, file, place, seen)) if (count++ < HITS_PER_FILE_MAX) yield hit;
}

/** The pieces of a text that a line of source shows. */
function piecesIn(excerpt: string, text: string): string[] {
  return [...excerpt.matchAll(/[A-Za-z0-9+/=_-]{8,}/g)].map(([piece]) => piece).filter((piece) => text.includes(piece));
}

function* scanProviders(text: string, file: string, place: (offset: number) => Place): Iterable<Hit> {
  for (const { provider, pattern, isInvalid } of patternsFor(text)) {
    for (const match of text.matchAll(pattern)) {
      const secret = match[1] ?? match[0];
      if (isPlaceholder(secret) || isPublished(secret)) continue;
      const isFake = isInvalid?.(secret) === true;
      const isUnsure = UNSURE.has(provider);
      if (provider === 'bearer token' && !isRandom(secret)) continue;
      yield {
        severity: TEST_KEY.test(secret) ? 'low' : severityOf(file, isFake || isUnsure, WEAK.has(provider)),
        place: place(match.index + match[0].indexOf(secret)),
        message: isFake ? `A ${provider} stands here (its checksum is wrong)` : `A ${provider} stands here`,
        evidence: secret,
        secrets: [secret],
      };
    }
  }
}

/** What these find is often public, expired or somebody's example. */
const WEAK = new Set(['JSON web token', 'JSON web token in base64', 'bearer token', 'Facebook app token']);
/** These open less than others, or look like something else. */
const UNSURE = new Set(['password in an address', 'Mailchimp key', 'Google API key']);
/** Keys of a test account open nothing. */
const TEST_KEY = /^(?:[sr]k_test_|shippo_test_|duffel_test_|FLW\w{4}_TEST|EZTK|access-sandbox-)/i;

function isRandom(secret: string): boolean {
  return /\d/.test(secret) && /[A-Za-z]/.test(secret) && entropyOf(secret) >= 3.5;
}

/** Documents and tests show keys more often than they leak them; a checksum that is wrong proves a fake. */
function severityOf(file: string, isUnsure: boolean, isWeak: boolean): Severity {
  const isShown =
    /\.(md|mdx|markdown)$|(^|\/)(tests?|__tests__|fixtures?|examples?|docs?)\/|\.(test|spec|cases)\.\w+$/i.test(file);
  if (isWeak || (isUnsure && isShown)) return 'medium';
  return isUnsure || isShown ? 'high' : 'critical';
}

/** Values under the name of a provider, in the shape of its keys. */
function* scanNames(text: string, file: string, place: (offset: number) => Place, seen: Set<string>): Iterable<Hit> {
  for (const { provider, secret, offset } of namedSecrets(text)) {
    if (seen.has(secret) || isPlaceholder(secret.replace(/^A+/, ''))) continue;
    // The name promises a key of somebody, and the value is none: not even an unknown secret.
    seen.add(secret);
    if (provider === null || /^https?:|^process\.env/.test(secret) || !isMixed(secret)) continue;
    yield {
      severity: severityOf(file, true, true),
      place: place(offset),
      message: `What looks like a key of ${provider} stands here`,
      evidence: secret,
      secrets: [secret],
    };
  }
}

/** Letters and digits, as random keys have them. */
function isMixed(secret: string): boolean {
  return /\d/.test(secret) && /[a-z]/i.test(secret) && entropyOf(secret) >= 2.8;
}

function* scanAssignments(
  text: string,
  file: string,
  place: (offset: number) => Place,
  seen: Set<string>,
): Iterable<Hit> {
  const patterns = /(^|\/)\.env(\.\w+)?$/.test(file) ? [ASSIGNED_SECRET, ENVIRONMENT_LINE] : [ASSIGNED_SECRET];
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const name = match[1] ?? '';
      const secret = match[3] ?? match[2] ?? '';
      if (seen.has(secret) || !looksSecret(name, secret)) continue;
      // The whole name, and what stands in front of it on the line.
      const before = text.slice(Math.max(0, match.index - 40), match.index).replace(/^[\s\S]*\n/, '');
      if (IS_NONE.test(/\w*$/.exec(before)?.[0] ?? '') || namesProvider(`${before}${name}`)) continue;
      seen.add(secret);
      yield {
        severity: 'medium',
        place: place(match.index),
        message: `What looks like a secret is assigned to “${name}”`,
        evidence: secret,
        secrets: [secret],
      };
    }
  }
}

function looksSecret(name: string, secret: string): boolean {
  if (isPlaceholder(secret) || isOrdinaryText(secret) || DESCRIBES.test(name) || IS_NONE.test(name)) return false;
  const isPassword = /pass/i.test(name);
  if (!isPassword && !(/\d/.test(secret) && /[a-z]/i.test(secret))) return false;
  return entropyOf(secret) >= (isPassword ? 2.7 : 3.3) && secret.length >= (isPassword ? 8 : 16);
}

/** Names that say themselves that it is no secret. */
const IS_NONE = /^(?:non|not)(?:[A-Z_-]|$)|public|invalid|wrong|mock|dummy/i;

/** `tokenType`, `secret_name`: what is assigned says something about a secret. */
const DESCRIBES =
  /(?:type|name|url|uri|path|regex|pattern|field|header|prefix|suffix|label|kind|format|param|endpoint|hint|error|message|text|desc\w*|id|var|env|file|length|class|color|style|schema|version|test)s?$/i;
