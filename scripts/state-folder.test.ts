import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeWritable, moveAside, openStateFolder, sealStateFolder } from './state-folder.ts';

const now = new Date('2026-11-21T10:20:30Z');
const old = { migrations: ['0000_a.sql'], app: '0.1.0' };
const current = { migrations: ['0000_a.sql', '0001_b.sql'], app: '0.2.0' };

let parent: string;
let dir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'aegis-state-'));
  dir = join(parent, 'state');
});
afterEach(() => rmSync(parent, { recursive: true }));

it('a folder that is not there is made, and opens warm the next time', () => {
  expect(openStateFolder(dir, current, now)).toBeNull();
  sealStateFolder(dir, current);
  expect(openStateFolder(dir, current, now)).toBeNull();
  expect(readdirSync(parent)).toEqual(['state']);
});

it('a folder whose first start was cut off before the first migration just opens', () => {
  openStateFolder(dir, old, now);
  writeFileSync(join(dir, 'secrets.json'), '{}');
  expect(openStateFolder(dir, current, now)).toBeNull();
});

it('an older folder is copied as it was before anything touches it', () => {
  openStateFolder(dir, old, now);
  sealStateFolder(dir, old);
  mkdirSync(join(dir, 'resources'));
  writeFileSync(join(dir, 'resources', 'db'), 'rows');
  const backup = openStateFolder(dir, current, now);
  expect(backup).toBe(`${dir}.backup-20261121T102030Z`);
  expect(readFileSync(join(backup ?? '', 'resources', 'db'), 'utf8')).toBe('rows');
  expect(JSON.parse(readFileSync(join(backup ?? '', 'version.json'), 'utf8')).schema).toBe('0000_a.sql');
});

it('a newer folder is left alone, and the sentence says what to do', () => {
  openStateFolder(dir, current, now);
  sealStateFolder(dir, current);
  const before = readdirSync(parent);
  expect(() => openStateFolder(dir, old, now)).toThrow(
    /written by a newer Aegis .*Update this checkout, or choose another/,
  );
  expect(readdirSync(parent)).toEqual(before);
});

it.each([
  ['is not JSON', 'not json'],
  ['says nothing', '{}'],
  ['is empty', ''],
])('a folder whose version.json %s is left alone, and its backups are named', (_, text) => {
  openStateFolder(dir, old, now);
  sealStateFolder(dir, old);
  openStateFolder(dir, current, now);
  writeFileSync(join(dir, 'version.json'), text);
  expect(() => openStateFolder(dir, current, now)).toThrow(/is broken.*backup-20261121T102030Z.*to start anew/s);
});

it('a folder of somebody else is never taken', () => {
  mkdirSync(dir);
  writeFileSync(join(dir, 'thesis.txt'), 'mine');
  expect(() => openStateFolder(dir, current, now)).toThrow(/is no state folder of Aegis/);
  expect(readdirSync(dir)).toEqual(['thesis.txt']);
});

it('a first start that was cut off is moved aside, not deleted', () => {
  openStateFolder(dir, current, now);
  writeFileSync(join(dir, 'demo.json'), '{}');
  const aside = moveAside(dir, now);
  expect(existsSync(dir)).toBe(false);
  expect(readdirSync(aside)).toContain('demo.json');
});

it('a folder that cannot be made or written gets a sentence, and what is in its place stays', () => {
  const file = join(parent, 'file');
  writeFileSync(file, 'mine');
  expect(() => makeWritable(file, '--state DIR')).toThrow(/cannot be written: a file is in its place\. .*--state DIR/);
  expect(() => makeWritable(join(file, 'state'), '--state DIR')).toThrow(/in that of a folder above it/);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  // Node's own recursive mkdir never comes back from there.
  expect(() => makeWritable('/proc/aegis/state', '--state DIR')).toThrow(/makes no folders\. .*--state DIR/);
  makeWritable(join(parent, 'a', 'b'), '--state DIR');
  expect(statSync(join(parent, 'a', 'b')).mode & 0o777).toBe(0o700);
});
