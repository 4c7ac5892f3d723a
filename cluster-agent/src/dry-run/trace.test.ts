import { describe, expect, it } from 'vitest';
import { type TraceEvent, TraceReader } from './trace.ts';

const CANARY = [
  '7 openat(AT_FDCWD</job>, "/canary/n1", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
  '7 openat(AT_FDCWD</job>, "/run/canary-n1", O_RDONLY|O_CLOEXEC) = 19</run/canary-file>',
];

/** The events of these lines of process 7, behind a canary. */
function read(...lines: string[]): Partial<TraceEvent>[] {
  const reader = new TraceReader('n1');
  for (const line of [...CANARY, ...lines]) reader.take(line);
  return reader.trace.events.map(({ pid: _, ...event }) => event);
}
const file = (path: string, modes: string[], errno: string | null = null, isOpened = true) => ({
  kind: 'file',
  path,
  modes,
  errno,
  isOpened,
});

describe('a trace', () => {
  it.each([
    ['7 openat(AT_FDCWD</job>, "data/x", O_RDONLY|O_CLOEXEC) = 17</job/data/x>', file('/job/data/x', ['read'])],
    ['7 openat(AT_FDCWD</job>, "link", O_RDONLY) = 17</etc/passwd>', file('/etc/passwd', ['read'])],
    ['7 openat(20</etc>, "shadow", O_RDONLY) = -1 EACCES (Permission denied)', file('/etc/shadow', ['read'], 'EACCES')],
    ['7 open("../etc/group", O_RDWR|O_CREAT, 0644) = 5</etc/group>', file('/etc/group', ['read', 'write'])],
    [
      '7 openat(AT_FDCWD</job>, "gr\\303\\274n \\"x\\"", O_WRONLY) = 5</job/gr\\303\\274n "x">',
      file('/job/grün "x"', ['write']),
    ],
    ['7 openat(AT_FDCWD</job>, "/home", O_RDONLY|O_DIRECTORY) = 5</home>', file('/home', ['list'])],
    ['7 unlink("a, b) = 0") = 0', file('/job/a, b) = 0', ['delete'], null, false)],
    ['7 ftruncate(5</job/t>, 0) = 0', file('/job/t', ['change'])],
    ['7 openat(AT_FDCWD</job>, "gone", O_RDONLY) = 5</job/gone>(deleted)', file('/job/gone', ['read'])],
  ])('of a file shows the path that was opened: %s', (line, event) => {
    expect(read(line)).toEqual([event]);
  });

  it('a rename is two paths', () => {
    expect(read('7 renameat2(AT_FDCWD</job>, "a", 5</tmp>, "b", RENAME_NOREPLACE) = 0')).toEqual([
      file('/job/a', ['rename'], null, false),
      file('/tmp/b', ['rename'], null, false),
    ]);
  });

  it.each([
    [
      '7 connect(18<socket:[1]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("198.18.0.1")}, 16) = -1 EINPROGRESS (Operation now in progress)',
      '198.18.0.1',
      443,
    ],
    [
      '7 connect(18<socket:[1]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 ENETUNREACH (Network is unreachable)',
      '2001:db8::1',
      80,
    ],
    [
      '7 sendto(18<socket:[1]>, "x{sa_family=AF_INET", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}, 16) = 1',
      '8.8.8.8',
      53,
    ],
    [
      '7 sendmsg(18<socket:[1]>, {msg_name={sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("1.2.3.4")}, msg_namelen=16, msg_iov=[{iov_base="x", iov_len=1}]}, 0) = 1',
      '1.2.3.4',
      9,
    ],
    [
      '7 connect(18<socket:[1]>, {sa_family=AF_UNIX, sun_path="/var/run/docker.sock"}, 110) = -1 ENOENT (No such file)',
      '/var/run/docker.sock',
      0,
    ],
    ['7 connect(18<socket:[1]>, {sa_family=AF_UNIX, sun_path=@"hidden"}, 9) = 0', '@hidden', 0],
  ])('of a connection shows where to: %s', (line, address, port) => {
    expect(read(line)).toEqual([expect.objectContaining({ kind: 'connect', address, port, isDatagram: false })]);
  });

  it('knows datagrams by the socket that they go through', () => {
    const [event] = read(
      '7 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 18<socket:[9]>',
      '7 connect(18<socket:[9]>, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("1.1.1.1")}, 16) = 0',
    );
    expect(event).toMatchObject({ kind: 'connect', isDatagram: true });
  });

  it('puts together what another process interrupted, and follows each process into its folder', () => {
    expect(
      read(
        '7 clone(child_stack=NULL, flags=SIGCHLD) = 9',
        '9 chdir("/tmp") = 0',
        '9 unlink("x" <unfinished ...>',
        '7 unlink("y") = 0',
        '9 <... unlink resumed>) = 0',
      ).map((event) => ('path' in event ? event.path : event)),
    ).toEqual(['/job/y', '/tmp/x']);
  });

  it('shows programs with their arguments, and calls that no tool needs', () => {
    expect(
      read(
        '7 execve("/bin/sh", ["sh", "-c", "id, \\"x\\""], 0x7ff /* 3 vars */) = 0',
        // The words in brackets are the kernel's, as strace prints them.
        '7 io_uring_setup(8, {flags=0}) = -1 ENOSYS (Function not implemented)',
        '7 ptrace(PTRACE_ATTACH, 1) = -1 EPERM (Operation not permitted)',
      ),
    ).toEqual([
      { kind: 'exec', errno: null, program: '/bin/sh', args: ['sh', '-c', 'id, "x"'] },
      { kind: 'forbidden', errno: 'ENOSYS', call: 'io_uring_setup' },
      { kind: 'forbidden', errno: 'EPERM', call: 'ptrace' },
    ]);
  });

  it('proves nothing without its canary, in the very form: another run’s, or one that shows no opened path', () => {
    const canary = (lines: string[], nonce = 'n1') => {
      const reader = new TraceReader(nonce);
      for (const line of lines) reader.take(line);
      return reader.trace.hasCanary;
    };
    expect(canary(CANARY)).toBe(true);
    expect(canary(CANARY, 'n2')).toBe(false);
    expect(canary(CANARY.slice(1))).toBe(false);
    expect(canary(CANARY.map((line) => line.replace('<\u002frun/canary-file>', '')))).toBe(false);
  });

  it('counts opens that do not show what they opened, and lines that nobody can read', () => {
    const reader = new TraceReader('n1');
    for (const line of [...CANARY, '7 openat(AT_FDCWD, "x", O_RDONLY) = 18', 'garbage', '7 openat(AT_FDCW'])
      reader.take(line);
    expect(reader.trace).toMatchObject({ formless: 1, unreadable: 2 });
  });

  it('leaves out what the runtime does before the tool begins', () => {
    const reader = new TraceReader('n1');
    reader.take('7 openat(AT_FDCWD</job>, "/etc/passwd", O_RDONLY) = 5</etc/passwd>');
    expect(reader.trace.events).toEqual([]);
  });

  it('never throws, whatever a line holds', () => {
    const reader = new TraceReader('n1');
    const hostile = [
      '',
      '7 ',
      '7 x(',
      '7 open("',
      '7 open("\\',
      '7 <... open resumed>',
      '7 open(<) = <',
      '9'.repeat(5000),
      '7 connect(1<',
      '7 )))((( = 1',
    ];
    for (const line of [...CANARY, ...hostile]) expect(() => reader.take(line)).not.toThrow();
  });
});
