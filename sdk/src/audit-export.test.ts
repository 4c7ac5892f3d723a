import { describe, expect, test } from 'vitest';
import { leafOf, verifyExport } from './audit-export.ts';
import { toBase64Url } from './base64.ts';
import type { RegistryKey } from './key-set.ts';
import { append, type Frontier, hashOver, proveConsistency, proveLeaves, rootOf } from './merkle.ts';
import { originOf, signCheckpoint } from './signed-note.ts';
import type { ExportedEvent } from './wire/audit.ts';

const TENANT = 'ten-a';

async function makeKey(kid: string) {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const key: RegistryKey = {
    kty: 'OKP',
    crv: 'Ed25519',
    x: toBase64Url(raw),
    kid,
    use: 'sig',
    alg: 'Ed25519',
    purpose: 'checkpoint',
  };
  const note = (size: number, root: string, tenantId = TENANT) =>
    signCheckpoint({ origin: originOf('https://r.example', tenantId), size, root }, raw, (bytes) =>
      crypto.subtle.sign('Ed25519', pair.privateKey, bytes),
    );
  return { key, note };
}
const own = await makeKey('own');
const stranger = await makeKey('stranger');

/** A log as the sequencer makes it. */
function makeLog(size: number, word = 'event') {
  const events = Array.from({ length: size }, (_, seq) => ({
    id: `aud-${seq}`,
    tenantId: TENANT,
    details: { word, seq },
  }));
  const leaves = events.map(leafOf);
  const frontier: Frontier = { size: 0, nodes: [] };
  const roots = [
    '',
    ...leaves.map((leaf) => {
      append(frontier, leaf);
      return rootOf(frontier);
    }),
  ];
  const hashOf = (from: number, to: number) =>
    hashOver(from, to, (low, high) => (high - low === 1 ? (leaves[low] ?? '') : null)) ?? '';
  return { events, leaves, roots, hashOf, size };
}
const log = makeLog(21);
const twenty = makeLog(20);

interface Made {
  lines: ExportedEvent[];
  proof: {
    note: string;
    tenantId: string;
    seqs: [number, number][];
    hashes: string[];
    filter: Record<string, string>;
    consistency: { size: number; hashes: string[] } | null;
  };
}

async function exported(
  of = log,
  seqs = [...of.leaves.keys()],
  { filter = {}, since }: { filter?: Record<string, string>; since?: number } = {},
): Promise<Made> {
  return {
    lines: seqs.map((seq) => ({ seq, leaf: of.leaves[seq] ?? '', event: structuredClone(of.events[seq] ?? {}) })),
    proof: {
      tenantId: TENANT,
      filter,
      note: await own.note(of.size, of.roots[of.size] ?? ''),
      seqs: seqs.map((seq): [number, number] => [seq, seq]),
      hashes: proveLeaves(seqs, of.size, of.hashOf),
      consistency: since === undefined ? null : { size: since, hashes: proveConsistency(since, of.size, of.hashOf) },
    },
  };
}

const textOf = ({ lines, proof }: Made) =>
  [...lines, { proof: { v: 1, exportedAt: '2026-11-01T00:00:00.000Z', ...proof } }]
    .map((line) => JSON.stringify(line))
    .join('\n');
const check = async (made: Made | string, older?: string) =>
  await verifyExport(typeof made === 'string' ? made : textOf(made), { keys: [own.key], older });

describe('an export that nobody touched', () => {
  test('of the whole log is intact and whole', async () => {
    const report = await check(await exported());
    expect(report).toMatchObject({
      events: 21,
      size: 21,
      signedBy: 'own',
      integrity: { ok: true },
      completeness: { ok: true, proved: 'whole' },
    });
  });

  test('of a run has nothing missing in between, and does not claim the rest', async () => {
    const report = await check(await exported(log, [4, 5, 6]));
    expect(report).toMatchObject({ integrity: { ok: true }, completeness: { ok: true, proved: 'run' } });
    expect(report.notProved.join()).toContain('The other 18 events');
  });

  test('with a filter is intact, and says that a filter can leave out anything', async () => {
    const report = await check(await exported(log, [1, 4, 20], { filter: { severity: 'critical' } }));
    expect(report).toMatchObject({ integrity: { ok: true }, completeness: { ok: true, proved: 'nothing' } });
    expect(report.notProved.join()).toContain('filter');
  });

  test('goes on from a checkpoint that was kept: out of the whole log, or by the proof that was asked for', async () => {
    const older = await own.note(13, log.roots[13] ?? '');
    for (const made of [await exported(), await exported(log, [20], { since: 13 }), await exported(log, [13, 14])]) {
      const report = await check(made, older);
      expect([report.integrity.ok, report.proved.join().includes('13 events that you kept')]).toEqual([true, true]);
    }
    const unknown = await check(await exported(log, [2]), older);
    expect([unknown.integrity.ok, unknown.notProved.join().includes('since=13')]).toEqual([true, true]);
  });

  test('half a surrogate pair in an event breaks nothing', async () => {
    expect(leafOf({ text: '\ud800' })).toBe(leafOf({ text: '\ufffd' }));
  });
});

type Tamper = (made: Made) => Made | Promise<Made> | string;
const editLine = (made: Made, at: number, edit: (line: ExportedEvent) => ExportedEvent): Made => ({
  ...made,
  lines: made.lines.map((line, index) => (index === at ? edit(line) : line)),
});
const without = (made: Made, ...gone: number[]): Made => ({
  ...made,
  lines: made.lines.filter((_, index) => !gone.includes(index)),
});
const withProof = (made: Made, proof: Partial<Made['proof']>): Made => ({
  ...made,
  proof: { ...made.proof, ...proof },
});
const older20 = () => own.note(20, twenty.roots[20] ?? '');

/** What somebody does to a file, what is found, and whether that is about integrity or completeness. */
const CASES: [string, 'integrity' | 'completeness', string, Tamper, (() => Promise<string>)?][] = [
  [
    'edits an event',
    'integrity',
    'edited',
    (made) => editLine(made, 3, (line) => ({ ...line, event: { ...line.event, id: 'aud-x' } })),
  ],
  [
    'edits an event and its leaf',
    'integrity',
    'forked',
    (made) =>
      editLine(made, 3, (line) => ({ ...line, event: { tenantId: TENANT }, leaf: leafOf({ tenantId: TENANT }) })),
  ],
  [
    'adds a field to an event',
    'integrity',
    'edited',
    (made) => editLine(made, 0, (line) => ({ ...line, event: { ...line.event, extra: 1 } })),
  ],
  ['deletes an event in the middle', 'completeness', 'deleted', (made) => without(made, 9)],
  [
    'deletes an event and forgets it in the proof',
    'integrity',
    'forked',
    (made) => withProof(without(made, 9), { seqs: made.proof.seqs.filter((_, index) => index !== 9) }),
  ],
  ['cuts off the tail', 'completeness', 'truncated', (made) => without(made, 19, 20)],
  ['cuts off the file in the middle', 'completeness', 'truncated', (made) => textOf(made).slice(0, 900)],
  [
    'swaps two lines',
    'integrity',
    'moved',
    (made) => ({
      ...made,
      lines: made.lines.map((line, index, all) =>
        index === 2 ? (all[3] ?? line) : index === 3 ? (all[2] ?? line) : line,
      ),
    }),
  ],
  [
    'swaps two events, numbers kept',
    'integrity',
    'forked',
    (made) => {
      const [left, right] = [made.lines[2], made.lines[3]];
      return editLine(
        editLine(made, 2, (line) => ({ ...line, event: right?.event ?? {}, leaf: right?.leaf ?? '' })),
        3,
        (line) => ({ ...line, event: left?.event ?? {}, leaf: left?.leaf ?? '' }),
      );
    },
  ],
  [
    'says an event twice',
    'integrity',
    'moved',
    (made) => ({ ...made, lines: made.lines.flatMap((line, index) => (index === 5 ? [line, line] : [line])) }),
  ],
  [
    'adds an event at the end',
    'integrity',
    'forked',
    (made) => ({
      ...made,
      lines: [...made.lines, { seq: 21, leaf: leafOf({ tenantId: TENANT }), event: { tenantId: TENANT } }],
    }),
  ],
  [
    'rewrites history under an old note',
    'integrity',
    'forked',
    async (made) => withProof(await exported(makeLog(21, 'other')), { note: made.proof.note }),
  ],
  [
    'signs another history with a key of its own',
    'integrity',
    'unknown_key',
    async () => withProof(await exported(), { note: await stranger.note(21, log.roots[21] ?? '') }),
  ],
  [
    'changes the size in the note',
    'integrity',
    'bad_signature',
    (made) => withProof(made, { note: made.proof.note.replace('\n21\n', '\n20\n') }),
  ],
  [
    'shows the note of another log',
    'integrity',
    'wrong_log',
    async (made) => withProof(made, { note: await own.note(21, log.roots[21] ?? '', 'ten-b') }),
  ],
  [
    'slips in an event of another log',
    'integrity',
    'wrong_log',
    (made) => editLine(made, 4, (line) => ({ ...line, event: { ...line.event, tenantId: 'ten-b' } })),
  ],
  ['replays an old checkpoint with the log of then', 'completeness', 'replayed', () => exported(makeLog(12)), older20],
  [
    'forks the log after the checkpoint that was kept',
    'integrity',
    'forked',
    () => exported(makeLog(21, 'fork')),
    older20,
  ],
  [
    'forks it and shows the consistency proof of the true one',
    'integrity',
    'forked',
    async () =>
      withProof(await exported(makeLog(21, 'fork'), [20]), {
        consistency: { size: 20, hashes: proveConsistency(20, 21, log.hashOf) },
      }),
    older20,
  ],
  [
    'leaves out a hash of the proof',
    'integrity',
    'forked',
    async () => {
      const made = await exported(log, [1, 4]);
      return withProof(made, { hashes: made.proof.hashes.slice(1) });
    },
  ],
  [
    'swaps hashes of the proof',
    'integrity',
    'forked',
    async () => {
      const made = await exported(log, [1, 4]);
      return withProof(made, { hashes: made.proof.hashes.toReversed() });
    },
  ],
  ['writes a line that is no event', 'integrity', 'unreadable', (made) => `nonsense\n${textOf(made)}`],
  [
    'takes the signature away',
    'integrity',
    'unreadable',
    (made) => withProof(made, { note: `${made.proof.note.split('\n\n')[0]}\n\n` }),
  ],
  [
    'claims more events than anybody could list',
    'completeness',
    'truncated',
    (made) => withProof(made, { seqs: [[0, Number.MAX_SAFE_INTEGER]] }),
  ],
];

describe(`somebody (${CASES.length} ways, X2)`, () => {
  test.each(CASES)('%s: found in %s as %s', async (_, where, what, tamper, older) => {
    const report = await check(await tamper(await exported()), await older?.());
    expect(report[where].problems.map((problem) => problem.what)).toContain(what);
    expect(report.integrity.ok && report.completeness.ok).toBe(false);
    expect(report.completeness.proved).toBe('nothing');
    if (where === 'integrity') expect(report.proved).toEqual([]);
  });
});
