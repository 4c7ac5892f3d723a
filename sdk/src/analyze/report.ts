import { sha256Hex } from '../digest.ts';
import { FINDINGS_MAX } from '../limits.ts';
import type { CapabilityEvent, Finding, NotInspected, Severity, StaticReport, Verification } from '../wire/reports.ts';
import type { Hit, Rule } from './facts.ts';
import { decisionOf, scoreOf } from './score.ts';
import { isBundle } from './source/bundles.ts';
import { visible } from './source/source-text.ts';

/** What a rule found, with the rule. */
export interface RuleHit {
  readonly rule: Rule;
  readonly hit: Hit;
}

/** Everything else that a report holds. */
export interface ReportParts {
  readonly rulesVersion: string;
  readonly contentDigest: string | null;
  readonly events: readonly CapabilityEvent[];
  readonly verification: Verification | null;
  readonly notInspected: readonly NotInspected[];
  readonly files: number;
  readonly bytes: number;
}

/** Messages are sentences. */
const MESSAGE_LENGTH_MAX = 400;
/** A secret shorter than this is not worth hiding, and would black out ordinary words. */
const SECRET_LENGTH_MIN = 8;

/** The report: findings without doubles, secrets blacked out, everything in one fixed order. */
export async function makeReport(hits: readonly RuleHit[], parts: ReportParts): Promise<StaticReport> {
  const kept = withoutBundleTwins(withoutDoubles(sortHits(hits)));
  const { score, deductions } = scoreOf(kept.map(counted));
  const decision = decisionOf(kept.map(counted), score);
  const shown = kept.slice(0, FINDINGS_MAX);
  const hide = blackout(hits);
  const findings = await toFindings(shown, hide);
  return writable({
    v: 1,
    kind: 'static',
    rulesVersion: parts.rulesVersion,
    contentDigest: parts.contentDigest,
    decision,
    score,
    deductions,
    findings,
    findingsOmitted: kept.length - shown.length,
    events: sortEvents(parts.events).map((event) => ({ ...event, values: event.values.map(hide) })),
    verification: parts.verification,
    files: parts.files,
    bytes: parts.bytes,
    notInspected: [...parts.notInspected].sort(
      (left, right) => compare(left.file, right.file) || compare(left.reason, right.reason),
    ),
  });
}

/** Every text of a report without lone surrogates, which no JSON holds, and without characters that nobody sees. */
function writable<T>(part: T): T {
  if (typeof part === 'string') return visible(part) as T;
  if (Array.isArray(part)) return part.map(writable) as T;
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, writable(item)])) as T;
}

function counted({ rule, hit }: RuleHit): { ruleId: string; severity: Severity; level?: Finding['level'] } {
  return { ruleId: rule.id, severity: hit.severity, ...(rule.level === undefined ? {} : { level: rule.level }) };
}

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

function sortHits(hits: readonly RuleHit[]): RuleHit[] {
  return [...hits].sort(
    ({ rule: ruleA, hit: a }, { rule: ruleB, hit: b }) =>
      RANK[a.severity] - RANK[b.severity] ||
      compare(a.place.file, b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column ||
      compare(ruleA.id, ruleB.id) ||
      compare(a.message, b.message),
  );
}

/** By UTF-16 code units: the same in every locale. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** One rule says one thing about one line once. */
function withoutDoubles(hits: readonly RuleHit[]): RuleHit[] {
  const seen = new Set<string>();
  return hits.filter(({ rule, hit }) => {
    const key = JSON.stringify([rule.id, hit.place.file, hit.place.line, hit.message]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** What a source and its bundle both show is told once, at the source; what several bundles show, at the first. */
function withoutBundleTwins(hits: readonly RuleHit[]): RuleHit[] {
  const homes = new Map<string, string>();
  const keyOf = ({ rule, hit }: RuleHit): string => JSON.stringify([rule.id, hit.message]);
  for (const item of hits) {
    const { file } = item.hit.place;
    const known = homes.get(keyOf(item));
    if (known === undefined || (isBundle(known) && (!isBundle(file) || file < known))) homes.set(keyOf(item), file);
  }
  return hits.filter((item) => {
    const { file } = item.hit.place;
    return !isBundle(file) || homes.get(keyOf(item)) === file;
  });
}

/** Replaces every secret that was found, wherever a line of source or a value shows it. */
function blackout(hits: readonly RuleHit[]): (text: string) => string {
  const secrets = [...new Set(hits.flatMap(({ hit }) => hit.secrets ?? []))]
    .filter((secret) => secret.length >= SECRET_LENGTH_MIN)
    .sort((left, right) => right.length - left.length || compare(left, right));
  return (text) => {
    let out = text;
    for (const secret of secrets) {
      if (out.includes(secret)) out = out.replaceAll(secret, `${secret.slice(0, 4)}…`);
    }
    return cutSecrets(out, secrets);
  };
}

/** An excerpt may end within a secret. */
function cutSecrets(text: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    const head = secret.slice(0, SECRET_LENGTH_MIN);
    const at = text.lastIndexOf(head);
    if (at >= 0 && secret.startsWith(text.slice(at))) return `${text.slice(0, at + 4)}…`;
  }
  return text;
}

async function toFindings(hits: readonly RuleHit[], hide: (text: string) => string): Promise<Finding[]> {
  const ordinals = new Map<string, number>();
  const findings: Finding[] = [];
  for (const { rule, hit } of hits) {
    const evidence = new TextEncoder().encode(hit.evidence ?? `${hit.message}\n${hit.place.excerpt}`);
    const base = `${rule.id}:${hit.place.file}:${(await sha256Hex(evidence)).slice(0, 12)}`;
    const ordinal = (ordinals.get(base) ?? 0) + 1;
    ordinals.set(base, ordinal);
    const excerpt = hide(hit.place.excerpt);
    findings.push({
      id: `${base}:${ordinal}`,
      ruleId: rule.id,
      kind: rule.kind,
      severity: hit.severity,
      ...(rule.check === undefined ? {} : { check: rule.check }),
      ...(rule.level === undefined ? {} : { level: rule.level }),
      file: hit.place.file,
      line: hit.place.line,
      column: hit.place.column,
      message: hide(hit.message).slice(0, MESSAGE_LENGTH_MAX),
      fix: hit.fix ?? rule.fix,
      ...(rule.cwe === undefined ? {} : { cwe: rule.cwe }),
      ...(excerpt === '' ? {} : { excerpt }),
      ...(hit.flow === undefined || hit.flow.length === 0
        ? {}
        : { flow: hit.flow.map((step) => ({ ...step, note: hide(step.note) })) }),
    });
  }
  return findings;
}

function sortEvents(events: readonly CapabilityEvent[]): CapabilityEvent[] {
  return [...events].sort(
    (a, b) =>
      compare(a.at?.file ?? '', b.at?.file ?? '') ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
      compare(a.kind, b.kind) ||
      compare(a.values.join(' '), b.values.join(' ')),
  );
}
