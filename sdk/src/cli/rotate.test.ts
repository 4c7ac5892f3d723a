import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { signingRegistry } from '../../testing/signing-registry.ts';
import { testIo } from '../../testing/test-io.ts';

it('stores the new secret, and works with it from then on (X6)', async () => {
  const { url, received } = await signingRegistry();
  const io = await testIo();
  await io.aegis('login', '--registry', url, '--token', 'aeg_good');
  io.clear();
  expect(await io.aegis('rotate', '--overlap', '48')).toBe(0);
  expect(JSON.parse(String(received.at(-1)?.body))).toEqual({ overlapHours: 48 });
  expect(io.out()).toContain('The old one works until 2026-11-22T12:00:00.000Z');
  expect(io.out() + io.err()).not.toContain('aeg_good-rotated');
  expect(await readFile(join(io.home, '.config/aegis/credentials.json'), 'utf8')).toContain('aeg_good-rotated');
  expect(await io.aegis('whoami')).toBe(0);
});

it('asks for whole hours, and does not replace what it did not store', async () => {
  const { url, received } = await signingRegistry();
  const io = await testIo();
  await io.aegis('login', '--registry', url, '--token', 'aeg_good');
  const before = received.length;
  for (const overlap of ['169', '-1', '1.5', 'x']) expect(await io.aegis('rotate', `--overlap=${overlap}`)).toBe(2);
  expect(received).toHaveLength(before);
  const inCi = await testIo({ env: { AEGIS_REGISTRY: url, AEGIS_TOKEN: 'aeg_good' } });
  expect(await inCi.aegis('rotate')).toBe(2);
  expect(inCi.err()).toContain('AEGIS_TOKEN');
  expect(await (await testIo()).aegis('rotate', '--registry', url)).toBe(4);
});
