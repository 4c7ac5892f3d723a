import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { verifyExport } from '../audit-export.ts';
import { AegisError } from '../errors.ts';
import type { AuditVerification } from '../wire/audit.ts';
import type { KeySet } from '../wire/clusters.ts';
import { defineCommand, type Run } from './command.ts';
import { readCredentials } from './credentials.ts';
import { readKeys } from './keys-file.ts';
import { plain } from './terminal.ts';

const options = {
  keys: {
    type: 'string',
    value: 'FILE',
    text: 'Public keys of the registry (keys.json; default: those pinned at the last login)',
  },
  checkpoint: { type: 'string', value: 'FILE', text: 'A checkpoint that you kept: the log must go on from it' },
  whole: { type: 'boolean', text: 'Demand that the file holds the whole log up to its checkpoint' },
} as const;

/** `aegis audit verify FILE`: is this what was logged, and is anything missing? (X2) */
export const audit = defineCommand({
  usage: 'audit verify FILE',
  summary: 'Check an export of the audit log without a network',
  about:
    'Integrity and completeness are told apart: whether what is there is what was logged, and whether anything is missing.\nFILE is an export in NDJSON; its last line holds the signed checkpoint and the proof.',
  arguments: { min: 2, max: 2 },
  options,
  examples: [
    ['aegis audit verify audit.ndjson', 'With the keys that were pinned at login'],
    [
      'aegis audit verify audit.ndjson --keys keys.json --checkpoint october.note',
      'And that nothing before was rewritten',
    ],
  ],
  exitCodes: [
    [1, 'not intact: something is not what was logged, or cannot be trusted'],
    [5, 'intact, but events are missing'],
  ],
  async run(run) {
    const [verb, file = ''] = run.rest;
    if (verb !== 'verify')
      throw new AegisError('USAGE', { detail: `aegis audit has no “${verb}”. Wanted: aegis audit verify FILE` });
    const { cwd } = run.io;
    const { checkpoint, whole } = run.values;
    const text = await readFile(resolve(cwd, file), 'utf8');
    const older = checkpoint === undefined ? undefined : await readFile(resolve(cwd, checkpoint), 'utf8');
    const { keys } = await keysOf(run);
    const report = await verifyExport(text, { keys, older });
    run.result(report);
    show(run, report);
    if (!report.integrity.ok) return 1;
    return report.completeness.ok && (whole !== true || report.completeness.proved === 'whole') ? 0 : 5;
  },
});

type AuditRun = Run<typeof options>;

async function keysOf({ io, values }: AuditRun): Promise<KeySet> {
  if (values.keys !== undefined) return await readKeys(resolve(io.cwd, values.keys));
  const { current, registries } = await readCredentials(io);
  const pinned = current === null ? undefined : registries[current];
  if (pinned !== undefined) return pinned.keys;
  throw new AegisError('USAGE', {
    detail:
      'No keys are pinned on this machine. Name them with --keys FILE: the registry’s keys.json, from a place that you trust.',
  });
}

const REACH = {
  whole: 'the file holds the whole log',
  run: 'a part of the log without a gap',
  nothing: 'not proved',
} as const;

function show({ print, paint }: AuditRun, { integrity, completeness, ...report }: AuditVerification): void {
  const mark = (ok: boolean) => (ok ? paint('green', '✓') : paint('red', '✗'));
  print(
    `${mark(integrity.ok)} Integrity     ${integrity.ok ? `${report.events} events are what was logged` : 'broken'}`,
  );
  for (const { what, detail } of integrity.problems) print(`    ${what}: ${plain(detail)}`);
  print(
    `${mark(completeness.ok)} Completeness  ${completeness.ok ? REACH[completeness.proved] : 'events are missing'}`,
  );
  for (const { what, detail } of completeness.problems) print(`    ${what}: ${plain(detail)}`);
  if (report.signedBy !== null)
    print(
      `  log         ${plain(report.note.split('\n')[0] ?? '')}\n  checkpoint  ${report.size} events, root ${report.root}\n  signed by   ${plain(report.signedBy)}`,
    );
  if (report.proved.length > 0) print(`\nProved\n${report.proved.map((line) => `  ${plain(line)}\n`).join('')}`);
  print(`Not proved\n${report.notProved.map((line) => `  ${plain(line)}`).join('\n')}`);
}
