import type { PermissionBlock } from '../permissions.ts';
import type { CapabilityEvent, Verification } from '../wire/reports.ts';
import { isHarmlessVariable, isHostDeclared, isPathDeclared, isVariableDeclared, plainHost } from './declared.ts';
import type { PackageFacts } from './facts.ts';

/**
 * A151-A154: what the code does against what the manifest grants. `valid` is false when something is not declared, or
 * cannot be worked out; `overDeclared` lists grants that nothing uses, as far as that is known.
 */
export function verify(facts: PackageFacts, permissions: PermissionBlock): Verification {
  const events = facts.events.filter(({ confidence }) => confidence !== 'low');
  const values = (kind: CapabilityEvent['kind']): string[] => [
    ...new Set(events.filter((event) => event.kind === kind).flatMap((event) => event.values)),
  ];
  const hosts = values('net').filter((value) => !isHostDeclared(permissions, value));
  const paths = (['fs.read', 'fs.write'] as const).flatMap((kind) =>
    values(kind).filter((path) => !isPathDeclared(permissions, kind, path, facts.paths)),
  );
  const variables = values('env').filter(
    (name) => name !== '*' && !isVariableDeclared(permissions, name) && !isHarmlessVariable(name),
  );
  const unresolvable = unresolvableIn(facts, events);
  const undeclaredNetworkCalls = sorted(hosts.map(plainHost));
  const undeclaredFileAccess = sorted(paths);
  const undeclaredEnvironment = sorted(variables);
  const isComplete = unresolvable.length === 0;
  return {
    valid:
      isComplete &&
      undeclaredNetworkCalls.length === 0 &&
      undeclaredFileAccess.length === 0 &&
      undeclaredEnvironment.length === 0,
    undeclaredNetworkCalls,
    undeclaredFileAccess,
    undeclaredEnvironment,
    unresolvable,
    overDeclared: isComplete ? overDeclared(permissions, events) : [],
  };
}

function unresolvableIn(facts: PackageFacts, events: readonly CapabilityEvent[]): string[] {
  const open = events.filter((event) => !event.complete && event.kind !== 'exec');
  const calls = open.map(({ kind, at }) => (at === undefined ? kind : `${at.file}:${at.line} ${kind}`));
  const files = facts.unseen
    .filter(({ why }) => ['unparsable', 'too-large', 'budget'].includes(why))
    .map(({ file, reason }) => `${file}: ${reason}`);
  return sorted([...calls, ...files]);
}

function overDeclared(permissions: PermissionBlock, events: readonly CapabilityEvent[]): string[] {
  const used = (kind: CapabilityEvent['kind']): string[] =>
    events.filter((event) => event.kind === kind).flatMap((event) => event.values);
  const only = (part: Partial<PermissionBlock>): PermissionBlock => ({
    ...permissions,
    network: [],
    files: { read: [], write: [] },
    ...part,
  });
  const hosts = permissions.network.filter(
    (grant) => !used('net').some((value) => isHostDeclared(only({ network: [grant] }), value)),
  );
  const reads = permissions.files.read.filter(
    (path) =>
      !used('fs.read').some((value) =>
        isPathDeclared(only({ files: { read: [path], write: [] } }), 'fs.read', value, NO_PATHS),
      ),
  );
  const writes = permissions.files.write.filter(
    (path) =>
      !used('fs.write').some((value) =>
        isPathDeclared(only({ files: { read: [], write: [path] } }), 'fs.write', value, NO_PATHS),
      ),
  );
  const names = [...permissions.environment.required, ...permissions.environment.optional];
  const variables = names.filter((name) => !used('env').includes(name));
  return sorted([
    ...hosts.map(({ host }) => `network ${host}`),
    ...reads.map((path) => `files.read ${path}`),
    ...writes.map((path) => `files.write ${path}`),
    ...variables.map((name) => `environment ${name}`),
    ...(permissions.shell && !events.some(({ kind }) => kind === 'exec') ? ['shell'] : []),
  ]);
}

const NO_PATHS: ReadonlySet<string> = new Set();

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
