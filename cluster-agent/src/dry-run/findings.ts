import { isDeclared } from '@aegis/skill-sdk/analyze/compare';
import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type {
  FileAccess,
  HoneytokenAlarm,
  NetworkCall,
  StartedProcess,
  TimelineEntry,
} from '@aegis/skill-sdk/wire/dry-runs';
import type { Evidence } from './evidence.ts';
import type { HarnessMessage, RunConfig } from './harness/messages.ts';
import { isRuntimeNoise } from './noise.ts';
import { fileEvents, isLocal, netEvent, WRITES } from './observed-events.ts';
import type { TraceEvent } from './trace.ts';

/** What evidence is judged against. */
export interface Expectations {
  config: Pick<RunConfig, 'nonce' | 'baitFiles' | 'language'>;
  permissions: PermissionBlock;
  /** Paths of the skill's own package, and of its folders. */
  own: ReadonlySet<string>;
  tool: string;
}

export function isCallDeclared(permissions: PermissionBlock, call: NetworkCall): boolean {
  if (call.protocol === 'unix') return false;
  if (isLocal(call.host)) return true;
  return isDeclared(permissions, new Set(), netEvent(call, ''));
}

export class Findings {
  readonly honeytokens: HoneytokenAlarm[] = [];
  readonly environment = new Set<string>();
  readonly timeline: TimelineEntry[] = [];
  readonly limitsHit = new Set<string>();
  readonly troubles: string[] = [];
  result: Evidence['result'] = null;
  end: Evidence['end'] = null;

  readonly #expectations: Expectations;
  readonly #names = new Map<string, string>();
  readonly #calls = new Map<string, NetworkCall>();
  readonly #files = new Map<string, FileAccess>();
  readonly #processes: (StartedProcess & { pid: string })[] = [];
  readonly #pids = new Set<string>();
  #startedAtMs = 0;

  constructor(expectations: Expectations) {
    this.#expectations = expectations;
  }

  takeMessage(message: HarnessMessage): void {
    switch (message.kind) {
      case 'started':
        this.#startedAtMs = message.ms;
        return;
      case 'dns':
        if (message.address !== null) this.#names.set(message.address, message.name);
        this.#add(
          { host: message.name, ip: null, port: 53, protocol: 'dns', via: 'sinkhole', result: message.type },
          message.ms,
        );
        return;
      case 'http':
        this.#takeHttp(message);
        return;
      case 'connection':
        if (message.sni !== undefined) this.#nameConnection(message);
        return;
      case 'bait':
        this.#alarm({ token: message.token, use: message.use, where: message.where }, message.ms);
        return;
      case 'tool':
        if (message.message.kind === 'env') this.environment.add(message.message.name);
        else if (message.message.kind !== 'log') this.result = message.message;
        return;
      case 'limit':
        this.limitsHit.add(message.name);
        this.#tell(message.ms, 'limit', `reached the limit of ${message.name}`, false);
        return;
      case 'trouble':
        this.troubles.push(message.what.split('\n')[0] ?? '');
        return;
      case 'end':
        this.end = message;
        return;
      default:
        return;
    }
  }

  takeEvent(event: TraceEvent, ms: number): void {
    switch (event.kind) {
      case 'file':
        this.#takeFile(event, ms);
        return;
      case 'connect':
        this.#takeConnect(event, ms);
        return;
      case 'exec':
        this.#processes.push({
          pid: event.pid,
          program: event.program,
          args: event.args,
          ok: event.errno === null,
          ...(event.errno === null ? {} : { errno: event.errno }),
        });
        if (event.errno === null)
          this.#tell(ms, 'exec', event.args.join(' ') || event.program, this.#expectations.permissions.shell);
        return;
      case 'forbidden':
        this.#takeForbidden(event, ms);
        return;
      default:
        return;
    }
  }

  summary(): { networkCalls: NetworkCall[]; fileAccess: FileAccess[]; processes: StartedProcess[] } {
    const started = new Set(this.#processes.filter(({ ok }) => ok).map(({ pid }) => pid));
    // A name is tried in every folder of PATH until one has it.
    const processes = this.#processes.filter(({ ok, errno, pid }) => ok || errno !== 'ENOENT' || !started.has(pid));
    const byText =
      <T>(key: (item: T) => string) =>
      (a: T, b: T) =>
        key(a) < key(b) ? -1 : 1;
    return {
      networkCalls: [...this.#calls.values()].sort(
        byText((call) => `${call.host}:${call.port} ${call.protocol} ${call.method} ${call.path} ${call.result}`),
      ),
      fileAccess: [...this.#files.values()].sort(byText((access) => `${access.path} ${access.ok}`)),
      processes: processes.map(({ pid: _, ...process }) => process),
    };
  }

  /** Node itself tries io_uring; where that is refused nothing happened, and where it works the monitor is blind. */
  #takeForbidden({ pid, call, errno }: Extract<TraceEvent, { kind: 'forbidden' }>, ms: number): void {
    const ok = errno === null;
    if (call.startsWith('io_uring')) {
      if (ok) this.troubles.push('the tool has an io_uring, which the monitor cannot see through');
      return;
    }
    this.#processes.push({ pid, program: `(${call})`, args: [], ok, ...(ok ? {} : { errno }) });
    this.#tell(ms, 'exec', `asked the kernel for ${call}`, false);
  }

  #takeFile(event: Extract<TraceEvent, { kind: 'file' }>, ms: number): void {
    const { config, own } = this.#expectations;
    this.#pids.add(event.pid);
    const path = this.#spelled(event.path);
    if (isRuntimeNoise(path, event.modes, { own, language: config.language })) return;
    const bait = config.baitFiles.find((file) => file.path === event.path);
    if (bait !== undefined && event.errno === null && event.modes.includes('read')) {
      this.#alarm({ token: bait.path, use: 'read', where: bait.path }, ms);
    }
    const ok = event.errno === null;
    const key = `${path}\0${ok}`;
    const known = this.#files.get(key);
    if (known === undefined) {
      const access: FileAccess = {
        path,
        modes: [...event.modes].sort(),
        ok,
        ...(event.errno === null ? {} : { errno: event.errno }),
        declared: false,
        count: 1,
      };
      this.#files.set(key, access);
      const events = fileEvents(access, '');
      const words = event.modes.includes('stat')
        ? 'looked for'
        : event.modes.some((mode) => WRITES.has(mode))
          ? 'wrote'
          : 'read';
      if (events.length > 0) {
        const declared = events.every((one) => isDeclared(this.#expectations.permissions, own, one));
        this.#tell(ms, 'file', `${words} ${path}${ok ? '' : ` (${event.errno})`}`, declared);
      }
      return;
    }
    known.count++;
    known.modes = [...new Set([...known.modes, ...event.modes])].sort();
  }

  /** From the working folder, as a manifest says it; the tool's own processes by the name that every run has. */
  #spelled(path: string): string {
    if (path === JOB) return '.';
    if (path.startsWith(`${JOB}/`)) return path.slice(JOB.length + 1);
    const [, pid = '', rest = ''] = /^\/proc\/(\d+)(\/.*)$/.exec(path) ?? [];
    return this.#pids.has(pid) ? `/proc/self${rest}` : path;
  }

  #takeConnect(event: Extract<TraceEvent, { kind: 'connect' }>, ms: number): void {
    const { address, port, errno } = event;
    const result = errno === null || errno === 'EINPROGRESS' ? 'answered' : errno;
    if (event.family === 'unix') {
      if (address === '/var/run/nscd/socket') return;
      this.#add({ host: `unix:${address}`, ip: null, port: 0, protocol: 'unix', via: 'trace', result }, ms);
      return;
    }
    // The resolver's own question; what it asked is said by the name server.
    if (port === 53 && isLocal(address)) return;
    // Looking for a route, as resolvers do: nothing is sent to port 0.
    if (port === 0) return;
    const name = this.#names.get(address);
    const protocol = event.isDatagram ? 'udp' : 'tcp';
    // Resolvers connect a datagram socket to sort addresses and send nothing; a datagram that is sent has its own line.
    this.#add(
      { host: name ?? address, ip: name === undefined ? address : null, port, protocol, via: 'trace', result },
      ms,
    );
  }

  #takeHttp({ host, port, sni, method, path, isFixture, ms }: Extract<HarnessMessage, { kind: 'http' }>): void {
    const result = isFixture ? 'fixture' : 'answered';
    const seen = sni === undefined ? {} : { sni };
    this.#add(
      { host: sni ?? host, ip: null, port, protocol: 'tcp', ...seen, method, path, via: 'sinkhole', result },
      ms,
    );
  }

  /** A connection to a bare address whose TLS hello names a host is a connection to that host as well. */
  #nameConnection({ sni = '', ip, port, ms }: Extract<HarnessMessage, { kind: 'connection' }>): void {
    if (this.#names.get(ip) === sni) return;
    this.#add({ host: sni, ip, port, protocol: 'tcp', sni, via: 'sinkhole', result: 'answered' }, ms);
  }

  #add(call: Omit<NetworkCall, 'declared' | 'count'>, ms: number): void {
    const key = JSON.stringify([call.host, call.port, call.protocol, call.method, call.path, call.result, call.via]);
    const known = this.#calls.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    const whole = { ...call, declared: false, count: 1 };
    this.#calls.set(key, whole);
    const words =
      call.method !== undefined
        ? `${call.method} ${call.host}:${call.port}${call.path}`
        : call.protocol === 'dns'
          ? `asked for the name ${call.host} (${call.result})`
          : `connected to ${call.host}${call.protocol === 'unix' ? '' : `:${call.port}`}${call.protocol === 'udp' ? ' by UDP' : ''}`;
    this.#tell(ms, 'net', words, isCallDeclared(this.#expectations.permissions, whole));
  }

  #alarm(alarm: HoneytokenAlarm, ms: number): void {
    const isKnown = this.honeytokens.some(
      ({ token, use, where }) => token === alarm.token && use === alarm.use && where === alarm.where,
    );
    if (isKnown) return;
    this.honeytokens.push(alarm);
    const words = { read: 'opened the bait', sent: 'sent the bait', returned: 'returned the bait' }[alarm.use];
    this.#tell(ms, 'bait', `${words} ${alarm.token}${alarm.use === 'sent' ? ` to ${alarm.where}` : ''}`, false);
  }

  #tell(ms: number, kind: string, text: string, declared: boolean): void {
    if (this.timeline.length >= TIMELINE_MAX) return;
    this.timeline.push({ ms: Math.max(0, ms - this.#startedAtMs), kind, text: text.slice(0, 300), declared });
  }
}

const JOB = '/job';

const TIMELINE_MAX = 500;
