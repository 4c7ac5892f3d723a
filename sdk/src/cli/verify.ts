import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ApprovalPredicate, verifyApproval } from '../approval.ts';
import { AegisError } from '../errors.ts';
import type { KeySet } from '../wire/clusters.ts';
import { defineCommand, type Run } from './command.ts';
import { findVersion } from './find-version.ts';
import { readJsonFile, readKeys } from './keys-file.ts';
import { makeFolder } from './make-folder.ts';
import { type ReadPackage, readPackageFile } from './package-check.ts';
import { trustPinned } from './pinned-keys.ts';
import { chooseTenant, openRegistry, registryOptions } from './registry.ts';
import { plain } from './terminal.ts';

const options = {
  approval: { type: 'string', value: 'FILE', text: 'Signed approval (JSON); then nothing is asked of a registry' },
  keys: { type: 'string', value: 'FILE', text: 'Public keys of the registry (keys.json); needed with --approval' },
  save: { type: 'string', value: 'DIR', text: 'Keep approval and keys there, for checks without a network' },
  ...registryOptions,
} as const;

/** `aegis verify TARBALL`: is this exactly what was approved, and by whom? */
export const verify = defineCommand({
  usage: 'verify TARBALL',
  summary: 'Check a package’s digest against its signed approval',
  about:
    'With --approval and --keys nothing is sent anywhere. Without them the approval comes from the registry, and is checked\nwith the keys that were pinned at login.',
  arguments: { min: 1, max: 1 },
  options,
  examples: [
    ['aegis verify crm-export-1.2.0.tar.gz', 'Against the registry of the last login'],
    ['aegis verify crm-export-1.2.0.tar.gz --save proof/', 'The same, and keep what a check without network needs'],
    [
      'aegis verify crm-export-1.2.0.tar.gz --approval proof/crm-export-1.2.0.approval.json --keys proof/keys.json',
      'Offline',
    ],
  ],
  async run(run) {
    const found = await readPackageFile(resolve(run.io.cwd, run.rest[0] ?? ''));
    const { predicate, keysFrom } = await checkApproval(run, found);
    const { manifest, archiveDigest, contentDigest } = found;
    run.result({
      valid: true,
      name: manifest.name,
      version: manifest.version,
      archiveDigest,
      contentDigest,
      keysFrom,
      approval: predicate,
    });
    run.print(`${run.paint('green', '✓')} ${manifest.name} ${manifest.version} is exactly what was approved`);
    run.print(
      `  by ${plain(predicate.reviewer.name)}, ${predicate.decidedAt}\n  archive  ${archiveDigest}\n  content  ${contentDigest}\n  keys     ${keysFrom}`,
    );
    return 0;
  },
});

interface Checked {
  predicate: ApprovalPredicate;
  /** Where the keys came from, in words. */
  keysFrom: string;
}

async function checkApproval(run: Run<typeof options>, found: ReadPackage): Promise<Checked> {
  const { io, values, warn } = run;
  const { manifest, archiveDigest, contentDigest } = found;
  const expected = { name: manifest.name, version: manifest.version, archiveDigest, contentDigest };
  const keysFile = values.keys === undefined ? null : await readKeys(resolve(io.cwd, values.keys));
  if (values.approval !== undefined) {
    if (keysFile === null)
      throw new AegisError('USAGE', {
        detail: '--approval needs --keys FILE: the registry’s keys.json, from a place that you trust.',
      });
    const envelope = await readJsonFile(resolve(io.cwd, values.approval));
    return { predicate: await verifyApproval(envelope, keysFile, expected), keysFrom: values.keys ?? '' };
  }
  const registry = await openRegistry(io, values.registry, warn);
  const { client } = registry;
  const tenantId = await chooseTenant(client, values.tenant, 'skill:read');
  const { id, status } = await findVersion(client, tenantId, manifest.name, manifest.version);
  if (status === 'revoked') {
    throw new AegisError('APPROVAL_INVALID', {
      detail: `${manifest.name}@${manifest.version} was revoked. Remove it.`,
    });
  }
  const approval = await client.skills.approval(id);
  const check = (keys: KeySet) => verifyApproval(approval, keys, { ...expected, tenantId });
  const { checked, keys, keysFrom } =
    keysFile === null
      ? await trustPinned(run, registry)(check)
      : { checked: await check(keysFile), keys: keysFile, keysFrom: values.keys ?? '' };
  if (values.save !== undefined) await save(resolve(io.cwd, values.save), manifest, approval, keys);
  return { predicate: checked, keysFrom };
}

async function save(
  folder: string,
  { name, version }: { name: string; version: string },
  approval: unknown,
  keys: KeySet,
): Promise<void> {
  await makeFolder(folder);
  await writeFile(join(folder, `${name}-${version}.approval.json`), `${JSON.stringify(approval, null, 2)}\n`);
  await writeFile(join(folder, 'keys.json'), `${JSON.stringify(keys, null, 2)}\n`);
}
