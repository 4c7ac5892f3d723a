import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/root.ts';
import type { Ran } from './cli.ts';

export interface ShellBlock {
  /** `README.md:40`: the page, and the line of the fence. */
  place: string;
  commands: string;
  /** Why no test types it; null when one does. */
  reason: string | null;
}

const SHELL = new Set(['bash', 'sh', 'shell', 'console']);
const MARK = /^<!-- not typed: (.+) -->$/;
const COMMAND =
  /^\s*(\$ )?(export |[A-Z_]+=\S+ )*(npm|npx|node|aegis|aegis-agent|git|docker|kubectl|helm|curl|bash)( |$)/m;
const REASON_CHARACTERS_MIN = 20;

/** The shell blocks of a page, from the top. A line `<!-- not typed: REASON -->` right above a fence takes it out. */
export function shellBlocksOf(page: string): ShellBlock[] {
  return fencesOf(page).filter(({ language }) => SHELL.has(language));
}

/** What is wrong with how a page shows commands: as another language, or left out without a reason that holds. */
export function wrongBlocks(page: string): string[] {
  return fencesOf(page).flatMap(({ place, language, commands, reason }) => {
    if (!SHELL.has(language)) return language !== 'ts' && COMMAND.test(commands) ? [`${place} is no bash block`] : [];
    if (reason === null) return [];
    const named = [...reason.matchAll(/`?([\w.-]+(?:\/[\w.-]+)+)`?/g)].map(([, path = '']) => path);
    const gone = named.filter((path) => !existsSync(join(ROOT, path)));
    if (gone.length > 0) return [`${place} names ${gone.join(', ')}`];
    return reason.length < REASON_CHARACTERS_MIN ? [`${place} gives no reason`] : [];
  });
}

function fencesOf(page: string): (ShellBlock & { language: string })[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language = '', 2: commands = '' }) => {
    const above = text.slice(0, index).split('\n');
    return {
      place: `${page}:${above.length}`,
      language,
      commands,
      reason: MARK.exec(above.at(-2) ?? '')?.[1] ?? null,
    };
  });
}

/** Runs commands in one shell that stops at the first failure, as somebody would type them. */
export function typed(commands: string[], cwd: string, environment: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, ...output }));
  });
}
