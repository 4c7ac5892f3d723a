import type { FileMode } from '@aegis/skill-sdk/wire/dry-runs';
import {
  addressesIn,
  annotated,
  type Call,
  errnoOf,
  parseCall,
  resolvePath,
  splitArguments,
  unquote,
} from './system-call.ts';

/** One system call of interest. `errno` is null when it succeeded, or when it never returned. */
export type TraceEvent = { pid: string; errno: string | null } & (
  | { kind: 'file'; path: string; modes: FileMode[]; isOpened: boolean }
  | { kind: 'connect'; family: 'inet' | 'unix'; address: string; port: number; isDatagram: boolean }
  | { kind: 'exec'; program: string; args: string[] }
  | { kind: 'forbidden'; call: string }
  | { kind: 'exit' }
);

/** What a trace says, and what is wrong with it as a proof. */
export interface Trace {
  events: TraceEvent[];
  /** True when the mark before the first line of the tool was found, in the form that shows opened paths. */
  hasCanary: boolean;
  /** Opens that succeeded and do not show what was opened: the evidence would be the tool's word. */
  formless: number;
  unreadable: number;
}

/** Which argument holds a path: that of a folder's descriptor before it, or none. */
type Place = readonly [folder: number | null, path: number];
const FILE_CALLS: Readonly<Record<string, readonly [FileMode, ...Place[]]>> = {
  stat: ['stat', [null, 0]],
  lstat: ['stat', [null, 0]],
  newfstatat: ['stat', [0, 1]],
  statx: ['stat', [0, 1]],
  access: ['stat', [null, 0]],
  faccessat: ['stat', [0, 1]],
  faccessat2: ['stat', [0, 1]],
  readlink: ['stat', [null, 0]],
  readlinkat: ['stat', [0, 1]],
  statfs: ['stat', [null, 0]],
  unlink: ['delete', [null, 0]],
  unlinkat: ['delete', [0, 1]],
  rmdir: ['delete', [null, 0]],
  rename: ['rename', [null, 0], [null, 1]],
  renameat: ['rename', [0, 1], [2, 3]],
  renameat2: ['rename', [0, 1], [2, 3]],
  mkdir: ['create', [null, 0]],
  mkdirat: ['create', [0, 1]],
  mknod: ['create', [null, 0]],
  mknodat: ['create', [0, 1]],
  symlink: ['link', [null, 1]],
  symlinkat: ['link', [1, 2]],
  link: ['link', [null, 0], [null, 1]],
  linkat: ['link', [0, 1], [2, 3]],
  chmod: ['change', [null, 0]],
  fchmodat: ['change', [0, 1]],
  chown: ['change', [null, 0]],
  lchown: ['change', [null, 0]],
  fchownat: ['change', [0, 1]],
  truncate: ['change', [null, 0]],
  utime: ['change', [null, 0]],
  utimes: ['change', [null, 0]],
  utimensat: ['change', [0, 1]],
  setxattr: ['change', [null, 0]],
  lsetxattr: ['change', [null, 0]],
  removexattr: ['change', [null, 0]],
};
const DESCRIPTOR_CALLS = new Set(['fchmod', 'fchown', 'ftruncate']);
const OPEN_CALLS: Readonly<Record<string, readonly [folder: number | null, path: number, flags: number]>> = {
  open: [null, 0, 1],
  openat: [0, 1, 2],
  openat2: [0, 1, 2],
  creat: [null, 0, -1],
};
const FORBIDDEN = new Set([
  'io_uring_setup',
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'mount',
  'umount2',
  'unshare',
  'setns',
  'bpf',
]);
/** Where the tool starts. */
const JOB = '/job';

/** Reads what `strace -f -q -y` wrote, line by line. Everything before the canary is the runtime's own start and is left out. */
export class TraceReader {
  readonly #trace: Trace = { events: [], hasCanary: false, formless: 0, unreadable: 0 };
  readonly #unfinished = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  readonly #datagrams = new Set<string>();
  readonly #canary: { link: string; file: string; missing: string };
  #hasMissing = false;

  constructor(nonce: string) {
    this.#canary = { link: `/run/canary-${nonce}`, file: '/run/canary-file', missing: `/canary/${nonce}` };
  }

  get trace(): Trace {
    return this.#trace;
  }

  /** Returns the events of this line. */
  take(line: string): TraceEvent[] {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (pid === '') return this.#note([], line !== '');
    if (rest.startsWith('+++')) return this.#note(this.#trace.hasCanary ? [{ kind: 'exit', pid, errno: null }] : []);
    if (rest.startsWith('---')) return [];
    const whole = this.#joined(pid, rest);
    if (whole === null) return [];
    const call = parseCall(whole);
    if (call === null) return this.#note([], true);
    return this.#note(this.#eventsOf(pid, call));
  }

  #note(events: TraceEvent[], isUnreadable = false): TraceEvent[] {
    if (isUnreadable) this.#trace.unreadable++;
    if (!this.#trace.hasCanary) return [];
    this.#trace.events.push(...events);
    return events;
  }

  /** A call that another process interrupted stands on two lines. */
  #joined(pid: string, rest: string): string | null {
    const cut = rest.lastIndexOf('<unfinished ...>');
    if (cut >= 0) {
      this.#unfinished.set(pid, rest.slice(0, cut));
      return null;
    }
    const resumed = /^<\.\.\. (\w+) resumed>/.exec(rest);
    if (resumed === null) return rest;
    const first = this.#unfinished.get(pid);
    this.#unfinished.delete(pid);
    return first === undefined ? null : first.trimEnd() + rest.slice(resumed[0].length);
  }

  #eventsOf(pid: string, call: Call): TraceEvent[] {
    const errno = errnoOf(call.result);
    const { name, args } = call;
    if (Object.hasOwn(OPEN_CALLS, name)) return this.#opened(pid, call, errno);
    if (Object.hasOwn(FILE_CALLS, name)) {
      const [mode = 'stat', ...places] = FILE_CALLS[name] ?? [];
      return places.flatMap((place) => {
        const path = this.#pathAt(pid, args, place);
        return path === null ? [] : [{ kind: 'file', pid, errno, path, modes: [mode], isOpened: false } as const];
      });
    }
    if (DESCRIPTOR_CALLS.has(name)) {
      const path = annotated(args[0] ?? '');
      return path?.startsWith('/') ? [{ kind: 'file', pid, errno, path, modes: ['change'], isOpened: true }] : [];
    }
    if (FORBIDDEN.has(name)) return [{ kind: 'forbidden', pid, errno, call: name }];
    switch (name) {
      case 'chdir':
      case 'fchdir': {
        const path = name === 'chdir' ? this.#pathAt(pid, args, [null, 0]) : annotated(args[0] ?? '');
        if (errno === null && path !== null) this.#folders.set(pid, path);
        return [];
      }
      case 'clone':
      case 'clone3':
      case 'fork':
      case 'vfork': {
        const child = /^\d+$/.exec(call.result)?.[0];
        if (child !== undefined) this.#folders.set(child, this.#folderOf(pid));
        return [];
      }
      case 'socket':
        if (/SOCK_DGRAM/.test(args[1] ?? '')) this.#datagrams.add(annotated(call.result) ?? '');
        return [];
      case 'execve':
      case 'execveat':
        return this.#executed(pid, call, errno);
      case 'connect':
      case 'sendto':
      case 'sendmsg':
      case 'sendmmsg':
        return addressesIn(args.slice(1).join(', ')).map((to) => {
          const isDatagram = this.#datagrams.has(annotated(args[0] ?? '') ?? '');
          return { kind: 'connect', pid, errno, ...to, isDatagram };
        });
      default:
        return [];
    }
  }

  #opened(pid: string, { name, args, result }: Call, errno: string | null): TraceEvent[] {
    const [folder, at, flagsAt] = OPEN_CALLS[name] ?? [null, 0, 1];
    const flags = flagsAt === -1 ? 'O_WRONLY|O_CREAT' : (args[flagsAt] ?? '');
    const asked = this.#pathAt(pid, args, [folder, at]);
    const real = errno === null ? annotated(result) : asked;
    if (errno === null && real === null && result !== '?') this.#trace.formless++;
    const path = real ?? asked;
    if (path === null) return [];
    if (asked === this.#canary.missing && errno === 'ENOENT') this.#hasMissing = true;
    if (path === this.#canary.file && asked === this.#canary.link) {
      this.#trace.hasCanary = this.#hasMissing;
      return [];
    }
    return [{ kind: 'file', pid, errno, path, modes: modesOf(flags), isOpened: true }];
  }

  #executed(pid: string, { name, args }: Call, errno: string | null): TraceEvent[] {
    const shift = name === 'execveat' ? 1 : 0;
    const program = this.#pathAt(pid, args, [shift === 1 ? 0 : null, shift]);
    const given = (args[1 + shift] ?? '').replace(/^\[|\]$/g, '');
    const words = splitArguments(given).map((word) => unquote(word) ?? word);
    return program === null ? [] : [{ kind: 'exec', pid, errno, program, args: words }];
  }

  #folderOf(pid: string): string {
    return this.#folders.get(pid) ?? JOB;
  }

  #pathAt(pid: string, args: readonly string[], [folder, at]: Place): string | null {
    const text = unquote(args[at] ?? '');
    if (text === null || text === '') return null;
    if (text.startsWith('/')) return resolvePath(text);
    const base = folder === null ? null : annotated(args[folder] ?? '');
    return resolvePath(`${base ?? this.#folderOf(pid)}/${text}`);
  }
}

function modesOf(flags: string): FileMode[] {
  if (/O_DIRECTORY/.test(flags)) return ['list'];
  if (/O_PATH/.test(flags)) return ['stat'];
  if (/O_WRONLY/.test(flags)) return ['write'];
  if (/O_RDWR/.test(flags)) return ['read', 'write'];
  return /O_CREAT|O_TRUNC/.test(flags) ? ['read', 'write'] : ['read'];
}
