import { isDeclared } from '@aegis/skill-sdk/analyze/compare';
import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { DryRunCase } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { CapabilityEvent } from '@aegis/skill-sdk/wire/reports';

/** One capability: what the manifest, the code and the run say of it. */
export interface Compared {
  kind: CapabilityEvent['kind'];
  value: string;
  declared: boolean;
  /** `maybe`: the analysis said that there is something of the kind which it cannot work out. */
  inCode: 'yes' | 'maybe' | 'no';
  seen: boolean;
}

type Kind = CapabilityEvent['kind'];
const KIND_OF_GRANT: Record<string, Kind> = { network: 'net', 'files.read': 'fs.read', 'files.write': 'fs.write' };
/** What only the code says is shown where it reaches out of the package. */
const REACHING_OUT: ReadonlySet<Kind> = new Set(['net', 'exec', 'env']);

/** Declared × in the code × seen (A160), what breaks the manifest first. Reads of its own package say nothing. */
export function compareThree(
  permissions: PermissionBlock,
  own: readonly string[],
  code: readonly CapabilityEvent[],
  cases: readonly DryRunCase[],
): Compared[] {
  const rows = new Map<string, Compared>();
  const paths = new Set(own);
  const add = (kind: Kind, value: string, known: Pick<Compared, 'declared' | 'seen'>) => {
    const key = `${kind} ${value}`;
    if (rows.has(key) || (kind === 'fs.read' && paths.has(value))) return;
    rows.set(key, { kind, value, ...known, inCode: inCode(code, kind, value) });
  };
  const results = cases.flatMap(({ result }) => (result === null ? [] : [result]));
  for (const { events, comparison } of results) {
    const broken = new Set(comparison.undeclared.flatMap(({ kind, values }) => values.map((one) => `${kind} ${one}`)));
    for (const { kind, values } of events)
      for (const value of values) add(kind, value, { declared: !broken.has(`${kind} ${value}`), seen: true });
  }
  for (const event of code.filter(({ kind }) => REACHING_OUT.has(kind))) {
    for (const value of event.values)
      add(event.kind, value, { declared: isDeclared(permissions, paths, { ...event, values: [value] }), seen: false });
  }
  for (const grant of unusedInAll(results.map(({ comparison }) => comparison.unused))) {
    const space = grant.indexOf(' ');
    const kind = KIND_OF_GRANT[grant.slice(0, space)];
    if (kind === undefined) add('exec', 'any program', { declared: true, seen: false });
    else add(kind, grant.slice(space + 1), { declared: true, seen: false });
  }
  const all = [...rows.values()];
  return all.filter((row) => !isLookUpOf(row, all)).sort((a, b) => rankOf(a) - rankOf(b));
}

/** Looking up a name that is then connected to, with the same standing, says nothing more. */
function isLookUpOf({ kind, value, declared }: Compared, all: readonly Compared[]): boolean {
  if (kind !== 'net' || !value.endsWith(':53')) return false;
  const name = value.slice(0, -2);
  return all.some(
    (row) =>
      row.kind === 'net' && row.value !== value && row.value.startsWith(name) && row.declared === declared && row.seen,
  );
}

function inCode(code: readonly CapabilityEvent[], kind: Kind, value: string): Compared['inCode'] {
  const same = code.filter((event) => event.kind === kind);
  // Who connects to a name looks it up first.
  const name = kind === 'net' && value.endsWith(':53') ? value.slice(0, -2) : null;
  const isNamed = same.some(({ values }) =>
    values.some((known) => known === value || (name !== null && known.startsWith(name))),
  );
  if (isNamed) return 'yes';
  return same.some(({ complete }) => !complete) ? 'maybe' : 'no';
}

function unusedInAll(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = lists;
  return first.filter((grant) => others.every((list) => list.includes(grant)));
}

function rankOf({ declared, seen, inCode }: Compared): number {
  if (!declared) return seen ? 0 : 1;
  if (seen) return inCode === 'no' ? 2 : 3;
  return 4;
}
