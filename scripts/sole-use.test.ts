import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeForSoleUse } from './sole-use.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aegis-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('a folder that was given back can be taken again', () => {
  takeForSoleUse(dir)();
  takeForSoleUse(dir)();
});

it('a folder in use is refused, and the holder is named', () => {
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  writeFileSync(join(dir, 'lock'), String(holder.pid));
  expect(() => takeForSoleUse(dir)).toThrow(`in use by process ${holder.pid}`);
  holder.kill('SIGKILL');
});

it.each([
  ['a process that is gone', '4194304'],
  ['nothing readable', 'x'],
])('a lock of %s is taken over', (_, text) => {
  writeFileSync(join(dir, 'lock'), text);
  takeForSoleUse(dir)();
});
