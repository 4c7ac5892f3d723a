import { spawn } from 'node:child_process';
import { AegisError } from '@aegis/skill-sdk/errors';

/** So much of what wrangler said is shown when it failed. */
const SHOWN_CHARACTERS_MAX = 4000;

export interface WranglerOptions {
  /** The program and the arguments before ours. */
  command: readonly string[];
  signal?: AbortSignal | undefined;
  environment?: NodeJS.ProcessEnv;
}

export interface Asked {
  cwd?: string;
  /** What it reads on standard input: the only way on which secrets reach it. */
  stdin?: string;
}

export interface Answer {
  code: number;
  stdout: string;
  /** Both streams, for people. */
  output: string;
}

export interface Wrangler {
  /** Runs to the end, whatever the exit code. */
  ask(args: readonly string[], asked?: Asked): Promise<Answer>;
  /** The same, and a failure is a USAGE with what wrangler said. */
  run(args: readonly string[], asked?: Asked): Promise<string>;
  /** Standard output as JSON. */
  json(args: readonly string[], asked?: Asked): Promise<unknown>;
}

/** The command `wrangler`, without questions: it answers by exit code and output alone. */
export function openWrangler({ command, signal, environment = process.env }: WranglerOptions): Wrangler {
  const [program = '', ...first] = command;
  const ask = ({ cwd, stdin = '' }: Asked, args: readonly string[]): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const env = { ...environment, CI: '1', NO_COLOR: '1', FORCE_COLOR: '0' };
      const child = spawn(program, [...first, ...args], {
        env,
        stdio: 'pipe',
        ...(cwd === undefined ? {} : { cwd }),
        ...(signal === undefined ? {} : { signal }),
      });
      let stdout = '';
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        output += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? 1, stdout, output }));
      // One that does not read its input may be gone before it is written.
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin);
    });
  const run = async (args: readonly string[], asked: Asked = {}): Promise<string> => {
    const { code, stdout, output } = await ask(asked, args);
    if (code === 0) return stdout;
    throw wranglerFailure(args, { code, output });
  };
  return {
    ask: (args, asked = {}) => ask(asked, args),
    run,
    json: async (args, asked) => {
      const text = await run(args, asked);
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw new AegisError('USAGE', {
          detail: `${spell(args)} answered no JSON but: ${text.trim().slice(0, SHOWN_CHARACTERS_MAX)}`,
          cause,
        });
      }
    },
  };
}

/** What wrangler said when it failed, as an error that people can act on. */
export function wranglerFailure(
  args: readonly string[],
  { code, output }: Pick<Answer, 'code' | 'output'>,
): AegisError {
  return new AegisError('USAGE', {
    detail: `${spell(args)} failed (exit ${code}):\n${output.trim().slice(-SHOWN_CHARACTERS_MAX)}`,
  });
}

/** A command as somebody would type it. */
export function spell(args: readonly string[]): string {
  return ['wrangler', ...args].map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ');
}
