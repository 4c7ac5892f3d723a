import { contentDigest, pack } from '@aegis/skill-sdk/archive';
import { digestOf } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { DryRunClaim, DryRunJob, DryRunProgress, DryRunUpdate } from '@aegis/skill-sdk/wire/dry-run-jobs';
import { expect, it } from 'vitest';
import { createBell } from '../every.ts';
import { makeKey } from '../identity.ts';
import { statePaths } from '../paths.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { clusterId } from '../testing/identity.ts';
import { recordedLog } from '../testing/log.ts';
import { textFile } from '../testing/sandbox.ts';
import { runJob } from './run-job.ts';
import type { SandboxDriver } from './sandbox.ts';
import { workOff } from './work-off.ts';

const MANIFEST = `name: shy
version: 1.0.0
description: Two tools
permissions: {}
tools:
  - { name: one, description: Wants a name, parameters: [{ name: who, type: string, description: Whom, required: true }], returns: { type: object, description: x }, handler: ./one.mjs }
  - { name: two, description: Wants one as well, parameters: [{ name: who, type: string, description: Whom, required: true }], returns: { type: object, description: x }, handler: ./two.mjs }
`;
const FILES = [
  textFile('manifest.yaml', MANIFEST),
  textFile('one.mjs', 'export default async () => ({});\n'),
  textFile('two.mjs', 'export default async () => ({});\n'),
  textFile('tests/one.cases.yaml', '- { name: wrong, input: { whom: 1 }, expect: { error: VALIDATION_FAILED } }\n'),
];
const ARCHIVE = pack(FILES);
const signal = new AbortController().signal;

/** An engine that is there and starts nothing. */
const broken: SandboxDriver = {
  find: async () => ({ engine: 'x', runtime: 'x', imageDigest: 'x' }),
  run: () => Promise.reject(new AegisError('NO_SANDBOX', { detail: 'The engine is gone.' })),
  reap: async () => 0,
};

async function job(change: Partial<DryRunJob> = {}): Promise<DryRunJob> {
  return {
    id: 'dry-01jd0000000000000000000000',
    lease: 'lse-01jd0000000000000000000000',
    leaseSeconds: 180,
    tenantId: 'ten-01jd0000000000000000000000',
    name: 'shy',
    version: '1.0.0',
    archiveDigest: await digestOf(ARCHIVE),
    contentDigest: await contentDigest(FILES),
    tool: null,
    input: null,
    ...change,
  };
}
const run = async (change: Partial<DryRunJob> = {}, told: DryRunProgress[] = []) =>
  runJob(await job(change), {
    driver: broken,
    programs: { harness: new Uint8Array(), runners: { javascript: '', python: '' }, digest: await digestOf(ARCHIVE) },
    download: async () => ARCHIVE,
    onProgress: (progress) => told.push(progress),
    sign: async () => 'signed',
    signal,
  });

it('names every tool that it cannot run, with the reason, and says how far it is', async () => {
  const told: DryRunProgress[] = [];
  const cases = await run({}, told);
  expect(cases).toMatchObject([
    { tool: 'one', case: 'wrong', result: null, missing: { why: 'not_run', text: expect.stringContaining('whom') } },
    { tool: 'two', case: null, result: null, missing: { why: 'not_run', text: expect.stringContaining('no case') } },
  ]);
  expect(told.map(({ step, done, total }) => [step, done, total])).toEqual([
    ['preparing', 0, 0],
    ['running', 0, 2],
    ['running', 1, 2],
    ['reporting', 2, 2],
  ]);
});

it('runs one tool alone with a reviewer’s input, and throws what is the engine’s fault', async () => {
  await expect(run({ tool: 'one', input: { who: 'Ada' } })).rejects.toMatchObject({ code: 'NO_SANDBOX' });
});

it('runs nothing of a package that is not the one it was given', async () => {
  const archiveDigest = await digestOf(new Uint8Array([1]));
  await expect(run({ archiveDigest })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});

it('without a sandbox says so and why, and asks for nothing more', async () => {
  const key = await makeKey(statePaths(await temporaryFolder()));
  const stop = new AbortController();
  const claims: DryRunClaim[] = [];
  const updates: DryRunUpdate[] = [];
  await workOff(
    {
      registry: {
        claimDryRun: async (claim) => {
          claims.push(claim);
          stop.abort();
          return null;
        },
        dryRunPackage: async () => ARCHIVE,
        updateDryRun: async (_, update) => void updates.push(update),
      },
      driver: broken,
      clusterId: clusterId(),
      key: async () => key,
      bell: createBell(),
      random: () => 0,
      log: recordedLog().log,
    },
    stop.signal,
  );
  expect(claims).toEqual([{ engine: { proved: false, reason: 'The engine is gone.' } }]);
  expect(updates).toEqual([]);
});
