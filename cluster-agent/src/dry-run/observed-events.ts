import { sensitivePath } from '@aegis/skill-sdk/analyze/sensitive-paths';
import type { FileAccess, FileMode, NetworkCall, StartedProcess } from '@aegis/skill-sdk/wire/dry-runs';
import type { CapabilityEvent } from '@aegis/skill-sdk/wire/reports';

/** The same in the analyzer's form, without doubles. */
interface Observed {
  networkCalls: readonly NetworkCall[];
  fileAccess: readonly FileAccess[];
  processes: readonly StartedProcess[];
  environment: readonly string[];
  tool: string;
}

export function eventsOf({ networkCalls, fileAccess, processes, environment, tool }: Observed): CapabilityEvent[] {
  const all = [
    ...networkCalls
      .filter(({ protocol, host }) => protocol !== 'unix' && !isLocal(host))
      .map((call) => netEvent(call, tool)),
    ...networkCalls
      .filter(({ protocol }) => protocol === 'unix')
      .map(({ host }) => observed('fs.write', host.slice('unix:'.length), tool)),
    ...fileAccess.flatMap((access) => fileEvents(access, tool)),
    ...processes.map(({ program, args }) => observed('exec', args.length === 0 ? program : args.join(' '), tool)),
    ...environment.map((name) => observed('env', name, tool)),
  ];
  const keys = new Set<string>();
  return all.filter(({ kind, values }) => {
    const key = `${kind} ${values[0]}`;
    const isNew = !keys.has(key);
    keys.add(key);
    return isNew;
  });
}

export function netEvent({ host, port }: Pick<NetworkCall, 'host' | 'port'>, tool: string): CapabilityEvent {
  return observed('net', `${host}:${port}`, tool);
}

/** Looking whether something is there counts only where already that tells something. */
export function fileEvents({ path, modes }: Pick<FileAccess, 'path' | 'modes'>, tool: string): CapabilityEvent[] {
  const reads =
    modes.includes('read') || modes.includes('list') || (modes.includes('stat') && sensitivePath(path) !== null);
  const writes = modes.some((mode) => WRITES.has(mode));
  return [...(reads ? [observed('fs.read', path, tool)] : []), ...(writes ? [observed('fs.write', path, tool)] : [])];
}

function observed(kind: CapabilityEvent['kind'], value: string, tool: string): CapabilityEvent {
  return { source: 'observed', kind, values: [value], complete: true, tool, confidence: 'high' };
}

export function isLocal(address: string): boolean {
  return /^127\.|^::1?$|^0\.0\.0\.0$|^localhost$/.test(address);
}

export const WRITES: ReadonlySet<FileMode> = new Set(['write', 'delete', 'rename', 'create', 'link', 'change']);
