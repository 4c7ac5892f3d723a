import { expect, it } from 'vitest';
import { testIo, writeFiles } from '../../testing/test-io.ts';
import { leafOf } from '../audit-export.ts';
import { toBase64Url } from '../base64.ts';
import { append, type Frontier, rootOf } from '../merkle.ts';
import { signCheckpoint } from '../signed-note.ts';

const TENANT = 'ten-a';
const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
const keys = {
  keys: [
    { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(raw), kid: 'k1', use: 'sig', alg: 'Ed25519', purpose: 'checkpoint' },
  ],
};

async function exported(size: number) {
  const frontier: Frontier = { size: 0, nodes: [] };
  const lines = Array.from({ length: size }, (_, seq) => {
    const event = { id: `aud-${seq}`, tenantId: TENANT };
    append(frontier, leafOf(event));
    return JSON.stringify({ seq, leaf: leafOf(event), event });
  });
  const note = await signCheckpoint(
    { origin: `r.example/audit/${TENANT}`, size, root: rootOf(frontier) },
    raw,
    (bytes) => crypto.subtle.sign('Ed25519', pair.privateKey, bytes),
  );
  const proof = {
    v: 1,
    tenantId: TENANT,
    filter: {},
    exportedAt: '2026-11-01T00:00:00.000Z',
    note,
    seqs: [[0, size - 1]],
    hashes: [],
    consistency: null,
  };
  return { lines, note, last: JSON.stringify({ proof }) };
}

it('tells integrity from completeness, in words and in the exit code (X2)', async () => {
  const { lines, note, last } = await exported(4);
  const io = await testIo();
  await writeFiles(io.cwd, {
    'good.ndjson': [...lines, last, ''].join('\n'),
    'edited.ndjson': [...lines, last].join('\n').replace('aud-2', 'aud-9'),
    'short.ndjson': [...lines.slice(0, 3), last].join('\n'),
    'kept.note': (await exported(9)).note,
    'same.note': note,
    'keys.json': JSON.stringify(keys),
  });
  const verify = async (file: string, ...more: string[]) => {
    io.clear();
    return await io.aegis('audit', 'verify', file, '--keys', 'keys.json', ...more);
  };
  expect(await verify('good.ndjson', '--whole', '--checkpoint', 'same.note'), io.err()).toBe(0);
  expect(io.out()).toContain('✓ Integrity     4 events are what was logged');
  expect(io.out()).toContain('✓ Completeness  the file holds the whole log');
  expect(io.out()).toContain('signed by   k1');
  expect(await verify('edited.ndjson')).toBe(1);
  expect(io.out()).toContain('edited: Event 2 is not what was logged.');
  expect(await verify('short.ndjson')).toBe(5);
  expect(io.out()).toContain('truncated: Event 3 was exported and is not in the file.');
  expect(await verify('good.ndjson', '--checkpoint', 'kept.note', '--json')).toBe(5);
  expect(io.json()[0]).toMatchObject({ completeness: { ok: false, problems: [{ what: 'replayed' }] } });
});

it('says what it wants where keys, file or word are missing', async () => {
  const io = await testIo();
  await writeFiles(io.cwd, { 'a.ndjson': '' });
  expect(await io.aegis('audit', 'verify', 'a.ndjson')).toBe(2);
  expect(io.err()).toContain('--keys FILE');
  expect(await io.aegis('audit', 'verify', 'none.ndjson')).toBe(2);
  expect(await io.aegis('audit', 'show', 'a.ndjson')).toBe(2);
  expect(io.err()).toContain('aegis audit verify FILE');
});
