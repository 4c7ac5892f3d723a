import type { Severity } from '../../wire/reports.ts';
import type { Hit, PackageFacts, Rule, TextFile } from '../facts.ts';
import type { Place } from '../source/source-text.ts';
import {
  ASSIGNED_SECRET,
  ENVIRONMENT_LINE,
  entropyOf,
  isOrdinaryText,
  isPlaceholder,
  SECRET_PATTERNS,
} from '../text/secret-patterns.ts';

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
  for (const hit of scanAssignments(text, file, place, seen)) if (count++ < HITS_PER_FILE_MAX) yield hit;
}

/** The pieces of a text that a line of source shows. */
function piecesIn(excerpt: string, text: string): string[] {
  return [...excerpt.matchAll(/[A-Za-z0-9+/=_-]{8,}/g)].map(([piece]) => piece).filter((piece) => text.includes(piece));
}

function* scanProviders(text: string, file: string, place: (offset: number) => Place): Iterable<Hit> {
  for (const { provider, hint, pattern, isInvalid } of SECRET_PATTERNS) {
    if (!text.includes(hint) && !(pattern.ignoreCase && text.toLowerCase().includes(hint.toLowerCase()))) continue;
    for (const match of text.matchAll(pattern)) {
      const secret = match[1] ?? match[0];
      if (isPlaceholder(secret)) continue;
      const isFake = isInvalid?.(secret) === true;
      const isUnsure =
        provider === 'password in an address' || provider === 'Mailchimp key' || provider === 'Cloudflare token';
      yield {
        severity: severityOf(file, isFake || isUnsure),
        place: place(match.index + match[0].indexOf(secret)),
        message: isFake ? `A ${provider} stands here (its checksum is wrong)` : `A ${provider} stands here`,
        evidence: secret,
        secrets: [secret],
      };
    }
  }
}

/** Documents and tests show keys more often than they leak them; a checksum that is wrong proves a fake. */
function severityOf(file: string, isUnsure: boolean): Severity {
  const isShown =
    /\.(md|mdx|markdown)$|(^|\/)(tests?|__tests__|fixtures?|examples?|docs?)\/|\.(test|spec|cases)\.\w+$/i.test(file);
  if (isUnsure && isShown) return 'medium';
  return isUnsure || isShown ? 'high' : 'critical';
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
  if (isPlaceholder(secret) || isOrdinaryText(secret) || DESCRIBES.test(name)) return false;
  const isPassword = /pass/i.test(name);
  if (!isPassword && !(/\d/.test(secret) && /[a-z]/i.test(secret))) return false;
  return entropyOf(secret) >= (isPassword ? 2.7 : 3.3) && secret.length >= (isPassword ? 8 : 16);
}

/** `tokenType`, `secret_name`: what is assigned says something about a secret. */
const DESCRIBES =
  /(?:type|name|url|uri|path|regex|pattern|field|header|prefix|suffix|label|kind|format|param|endpoint|hint|error|message|text|desc\w*|id|var|env|file|length|class|color|style|schema|version|test)s?$/i;
