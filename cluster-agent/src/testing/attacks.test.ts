import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ATTACKS, attackTool, GUARD } from './attacks.ts';

it('there are at least 25 attacks, and each begins with the guard', () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(25);
  for (const attack of ATTACKS)
    expect(attackTool(attack).startsWith(GUARD[attack.language ?? 'javascript'])).toBe(true);
});

it.each([
  ['javascript', process.execPath, 'act.mjs', `await import('./act.mjs'); console.log('it ran');`],
  ['python', 'python3', 'act.py', `import act; print('it ran')`],
] as const)(
  'outside of a sandbox the guard ends an attack before it does anything (%s)',
  (language, program, file, start) => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-guard-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(
      join(folder, file),
      attackTool({ language, code: language === 'python' ? 'return {}' : 'return {};' }),
    );
    writeFileSync(join(folder, `start.${language === 'python' ? 'py' : 'mjs'}`), start);
    const { status, stdout, stderr, error } = spawnSync(program, [`start.${language === 'python' ? 'py' : 'mjs'}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    // A machine without Python cannot run a Python attack either.
    if (error !== undefined) return;
    expect({ status, stdout }).toEqual({ status: 77, stdout: '' });
    expect(stderr).toContain('in the sandbox only');
  },
);
