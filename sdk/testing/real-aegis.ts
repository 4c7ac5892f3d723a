import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/aegis.js', import.meta.url));
const KILL_AT = new URL('./kill-at.mjs', import.meta.url).href;

export interface EndedAt {
  home: string;
  cwd: string;
  /** Before which change of a file it ends; 0 lets it live. */
  killAt: number;
  /** Default: SIGKILL. */
  signal?: 'SIGKILL' | 'SIGINT';
}

/** A real `aegis` in a folder, ended before its n-th change of a file there. */
export async function aegisEndedAt({ home, cwd, killAt, signal = 'SIGKILL' }: EndedAt, ...argv: string[]) {
  const child = spawn(process.execPath, ['--import', KILL_AT, BIN, ...argv], {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      AEGIS_TEST_ROOT: cwd,
      AEGIS_TEST_KILL_AT: String(killAt),
      AEGIS_TEST_SIGNAL: signal,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = await new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on('close', (code, name) => resolve({ code, signal: name })),
  );
  const [, changes = '0', cpuMs = '0'] = /changes=(\d+) cpuMs=(\d+)/.exec(stderr) ?? [];
  return { ...ended, changes: Number(changes), cpuMs: Number(cpuMs), stderr };
}
