import { connect } from 'node:net';
import { AegisError } from '@aegis/skill-sdk/errors';

/** HAProxy stages 20,000 lines in 60 ms; who needs longer hangs. */
const ANSWER_WITHIN_MS = 10_000;
/** A command line is at most one buffer of HAProxy (16 KiB). */
const LINE_BYTES_MAX = 12_000;

/** One process that carries connections. After a reload the old one stays until its connections end. */
export interface Worker {
  pid: number;
  isCurrent: boolean;
}

/** The running HAProxy, through the socket of its master. Every method throws UNAVAILABLE when it does not answer. */
export interface Haproxy {
  /** The current worker first, then those that only finish what they have. */
  workers(): Promise<Worker[]>;
  /** Runs commands in a worker and returns what they said, together. */
  run(worker: Worker, commands: readonly string[]): Promise<string>;
  /** One command with lines behind it (`add map @1 FILE`), each with its end. */
  feed(worker: Worker, command: string, lines: readonly string[]): Promise<string>;
  /** Starts a worker on the configuration file as it is now; the old one takes no new connections. */
  reload(): Promise<void>;
}

/** Nothing is connected yet: HAProxy may start later, and again. */
export function openHaproxy(socket: string): Haproxy {
  return {
    async workers() {
      const [, text = ''] = /# workers\n([\s\S]*?)(?=# programs|$)/.exec(await ask(socket, 'show proc')) ?? [];
      const [current = '', old = ''] = text.split('# old workers');
      return [...pidsOf(current, true), ...pidsOf(old, false)];
    },
    async run({ pid }, commands) {
      let answer = '';
      for (const line of packed(commands.map((command) => `@!${pid} ${command}`))) answer += await ask(socket, line);
      return answer;
    },
    async feed({ pid }, command, lines) {
      let answer = '';
      for (let start = 0; start < lines.length; start += 100) {
        const part = lines.slice(start, start + 100);
        answer += await ask(socket, `@!${pid} ${command} <<\n${part.join('')}`);
      }
      return answer;
    },
    async reload() {
      await ask(socket, 'reload');
    },
  };
}

function pidsOf(text: string, isCurrent: boolean): Worker[] {
  return [...text.matchAll(/^(\d+)\s+worker\b/gm)].map(([, pid]) => ({ pid: Number(pid), isCurrent }));
}

/** As few lines as the buffer allows. */
function packed(commands: readonly string[]): string[] {
  const lines: string[] = [];
  for (const command of commands) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + command.length < LINE_BYTES_MAX)
      lines[lines.length - 1] = `${last};${command}`;
    else lines.push(command);
  }
  return lines;
}

function ask(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    const fail = (cause: unknown) => {
      socket.destroy();
      const detail = `HAProxy does not answer on ${path} (${cause instanceof Error ? cause.message : cause}). Does it run, with that socket as -S?`;
      reject(new AegisError('UNAVAILABLE', { detail, cause }));
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => fail(`nothing within ${ANSWER_WITHIN_MS / 1000} s`));
    socket.setEncoding('utf8');
    socket.on('error', fail);
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('end', () => resolve(answer));
    socket.end(`${line}\n`);
  });
}
