import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ROOT } from '../scripts/root.ts';
import { type Ran, temporaryFolder } from './cli.ts';
import { account, bySession } from './people.ts';

/** The commands of a page: what stands in its bash blocks, one string a block. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(/^```bash\n(.*?)^```/gms)].map((match) => match[1] ?? '');
}

/** Runs blocks in one shell that stops at the first failure, as somebody would type them. */
function typed(blocks: string[], cwd: string, environment: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', blocks.join('\n')], { cwd, env: environment });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, ...output }));
  });
}

it('every command of the tutorial works as it is typed, with the review in between (A1-A3)', async () => {
  const home = temporaryFolder();
  const { url, accounts } = inject('house');
  const credentials = join(home, 'demo.json');
  writeFileSync(credentials, JSON.stringify({ url, accounts }), { mode: 0o600 });
  const environment = { PATH: process.env.PATH, HOME: home, TMPDIR: home, NO_COLOR: '1', DEMO_JSON: credentials };
  const [start = '', write = '', run = '', look = '', publish = '', install = ''] = commandsOf('tutorial.md');
  const leave = '\necho "$PWD" > "$HOME/folder"';
  const written = await typed([start, write, run, look, publish, leave], ROOT, environment);
  expect(written.code, written.stderr + written.stdout).toBe(0);
  expect(written.stdout).toContain('✓ Manifest valid');
  expect(written.stdout).toMatch(/pending/i);

  const reviewer = bySession(account('platform', 'reviewer'));
  const { reviews } = await reviewer.reviews.list();
  const task = reviews.find(({ title }) => title.startsWith('ticket-words'));
  const report = await reviewer.skills.report(task?.id ?? '');
  expect(report.findings).toEqual([]);
  await reviewer.reviews.decide(task?.id ?? '', { status: 'approved', notes: 'Counts words, reaches nothing.' });

  const folder = readFileSync(join(home, 'folder'), 'utf8').trim();
  const installed = await typed([start, `cd ${folder}`, install], ROOT, environment);
  expect(installed.code, installed.stderr + installed.stdout).toBe(0);
  expect(readFileSync(join(folder, 'aegis.lock'), 'utf8')).toContain('ticket-words');
});
