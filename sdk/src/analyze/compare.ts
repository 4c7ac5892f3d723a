import { canonicalBytes } from '../canonical.ts';
import { digestOf, sha256Hex } from '../digest.ts';
import type { PermissionBlock } from '../permissions.ts';
import type { Comparison, DryRunResult, HoneytokenAlarm } from '../wire/dry-runs.ts';
import type { CapabilityEvent, Finding, Severity } from '../wire/reports.ts';
import { isHarmlessVariable, isHostDeclared, isPathDeclared, isVariableDeclared, plainHost } from './declared.ts';
import { sensitivePath } from './sensitive-paths.ts';

/** What a comparison starts from. `expected` is null when the package was not analysed. */
export interface Compared {
  permissions: PermissionBlock;
  /** Paths of the skill's own package. */
  own: ReadonlySet<string>;
  expected: readonly CapabilityEvent[] | null;
  observed: readonly CapabilityEvent[];
}

/** A160: declared × static × observed. Pure; the order of the observed events is kept. */
export function compareRun({ permissions, own, expected, observed }: Compared): Comparison {
  const undeclared = observed.filter((event) => !isDeclared(permissions, own, event));
  const unpredicted =
    expected === null
      ? []
      : observed.filter((event) => isDeclared(permissions, own, event) && !isExpected(expected, own, event));
  return { undeclared, unpredicted, unused: unusedOf(permissions, own, observed) };
}

/** True when the manifest grants what an event of one value says. */
export function isDeclared(permissions: PermissionBlock, own: ReadonlySet<string>, event: CapabilityEvent): boolean {
  return event.values.every((value) => isGranted(permissions, own, event.kind, value));
}

function isGranted(
  permissions: PermissionBlock,
  own: ReadonlySet<string>,
  kind: CapabilityEvent['kind'],
  value: string,
): boolean {
  switch (kind) {
    case 'net':
      return isHostDeclared(permissions, value);
    case 'env':
      return isVariableDeclared(permissions, value) || isHarmlessVariable(value);
    case 'exec':
      return permissions.shell;
    default:
      return isPathDeclared(permissions, kind, value, own);
  }
}

/** The analysis foresaw it: by value, or by saying that there may be values it cannot work out. */
function isExpected(
  expected: readonly CapabilityEvent[],
  own: ReadonlySet<string>,
  { kind, values }: CapabilityEvent,
): boolean {
  const same = expected.filter((event) => event.kind === kind);
  if (same.some(({ complete }) => !complete)) return true;
  return values.every(
    (value) =>
      (kind === 'fs.read' && own.has(value)) ||
      same.some((event) => event.values.some((known) => covers(kind, known, value))),
  );
}

function covers(kind: CapabilityEvent['kind'], known: string, value: string): boolean {
  if (known === value || known === '*') return true;
  // A look-up is foreseen by whoever foresees a connection to that name.
  if (kind === 'net') return value.endsWith(':53') && known.startsWith(value.slice(0, -2));
  return known.includes('…') && value.startsWith(known.slice(0, known.indexOf('…')));
}

function unusedOf(
  permissions: PermissionBlock,
  own: ReadonlySet<string>,
  observed: readonly CapabilityEvent[],
): string[] {
  const none: PermissionBlock = { ...permissions, network: [], files: { read: [], write: [] }, shell: false };
  const isUsed = (part: Partial<PermissionBlock>, kind: CapabilityEvent['kind']) =>
    observed.some((event) => event.kind === kind && isDeclared({ ...none, ...part }, own, event));
  const { network, files } = permissions;
  return [
    ...network
      .filter((grant) => !isUsed({ network: [grant] }, 'net'))
      .map(({ host, ports }) => `network ${host}:${ports.join(',')}`),
    ...files.read
      .filter((path) => !isUsed({ files: { read: [path], write: [] } }, 'fs.read'))
      .map((path) => `files.read ${path}`),
    ...files.write
      .filter((path) => !isUsed({ files: { read: [], write: [path] } }, 'fs.write'))
      .map((path) => `files.write ${path}`),
    ...(permissions.shell && !observed.some(({ kind }) => kind === 'exec') ? ['shell'] : []),
  ];
}

/** What was seen and may not be, as findings: they stand beside those of the code and gate an approval the same way. */
export async function findingsOf(
  comparison: Comparison,
  honeytokens: readonly HoneytokenAlarm[],
  tool: string,
): Promise<Finding[]> {
  const drafts = [
    ...honeytokens.filter(({ use }) => use !== 'read').map(tokenDraft),
    ...comparison.undeclared.flatMap((event) => event.values.map((value) => undeclaredDraft(event.kind, value))),
  ];
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const draft of drafts) {
    const id = `${draft.ruleId}:${tool}:${(await sha256Hex(new TextEncoder().encode(draft.message))).slice(0, 12)}:1`;
    if (seen.has(id)) continue;
    seen.add(id);
    findings.push({ id, ...draft, file: 'manifest.yaml', line: 1, column: 1 });
  }
  return findings;
}

type Draft = Pick<Finding, 'ruleId' | 'kind' | 'severity' | 'message' | 'fix' | 'check' | 'level' | 'cwe'>;

function tokenDraft({ token, use, where }: HoneytokenAlarm): Draft {
  return {
    ruleId: 'observed-credential-theft',
    kind: 'credentials',
    severity: 'critical',
    message:
      use === 'sent'
        ? `The tool sent ${token}, a credential that was put into the sandbox as bait, to ${where}.`
        : `The tool returned ${token}, a credential that was put into the sandbox as bait.`,
    fix: 'Remove the code that reads and passes on credentials.',
    cwe: 'CWE-522',
  };
}

function undeclaredDraft(kind: CapabilityEvent['kind'], value: string): Draft {
  const severity: Severity = 'critical';
  switch (kind) {
    case 'net':
      return {
        ruleId: 'observed-network',
        kind: 'net',
        severity,
        check: 'declared_network',
        level: 'error',
        message: `The tool contacted ${plainHost(value)}, which the manifest does not declare.`,
        fix: `Declare it under permissions.network, or remove what contacts ${plainHost(value)}.`,
        cwe: 'CWE-923',
      };
    case 'exec':
      return {
        ruleId: 'observed-exec',
        kind: 'exec',
        severity,
        check: 'no_shell_exec',
        level: 'warning',
        message: `The tool started ${value}, and the manifest does not say that it starts programs.`,
        fix: 'Say permissions.shell: true, or do without the program.',
        cwe: 'CWE-78',
      };
    case 'env':
      return {
        ruleId: 'observed-environment',
        kind: 'env',
        severity: 'high',
        message: `The tool read the variable ${value}, which the manifest does not declare.`,
        fix: 'Declare it under permissions.environment, or do not read it.',
        cwe: 'CWE-526',
      };
    default: {
      const words = sensitivePath(value);
      return {
        ruleId: 'observed-files',
        kind: 'fs',
        severity,
        check: 'declared_files',
        level: 'error',
        message: `The tool ${kind === 'fs.read' ? 'read' : 'wrote'} ${value}${words === null ? '' : ` (${words})`}, which the manifest does not declare.`,
        fix: `Declare it under permissions.files.${kind === 'fs.read' ? 'read' : 'write'}, or leave it alone.`,
        cwe: 'CWE-552',
      };
    }
  }
}

/** Fields of a result that its digest does not cover: two runs of the same bytes differ in them by nature. */
type Undigested = 'executionTime' | 'memoryUsage' | 'cpuMs' | 'timeline' | 'digest' | 'signature';

/** sha256 of the RFC 8785 form of everything in a result that does not depend on how fast the machine was. */
export async function dryRunDigest(result: Omit<DryRunResult, Undigested> & Partial<DryRunResult>): Promise<string> {
  const { executionTime, memoryUsage, cpuMs, timeline, digest, signature, ...digested } = result;
  const uncounted = <T extends { count: number }>(rows: readonly T[] = []) => rows.map(({ count: _, ...row }) => row);
  const { lines: _, ...monitor } = digested.monitor;
  return digestOf(
    canonicalBytes({
      ...digested,
      // How often something was tried is a matter of who was slow.
      networkCalls: uncounted(digested.networkCalls),
      fileAccess: uncounted(digested.fileAccess),
      monitor,
    }),
  );
}
