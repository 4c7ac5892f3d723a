import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { verifyApproval } from '../approval.ts';
import type { PackageFile } from '../archive.ts';
import type { Client } from '../client.ts';
import { sameDigest } from '../digest.ts';
import { AegisError } from '../errors.ts';
import type { Resolution } from '../wire/skills.ts';
import { defineCommand, type Run } from './command.ts';
import { parseReference } from './find-version.ts';
import { LOCK_NAME, type LockedSkill, type LockFile, readLock, writeLock } from './lock-file.ts';
import { type ReadPackage, readPackage } from './package-check.ts';
import { chooseTenant, openRegistry, type Registry, registryOptions } from './registry.ts';
import { withTemporaryFolder } from './temporary.ts';
import { count, plain, size } from './terminal.ts';

const options = {
  dir: { type: 'string', value: 'DIR', text: 'Folder for skills (default: skills); the skill goes to DIR/NAME' },
  lock: { type: 'string', value: 'FILE', text: `Lock file (default: ${LOCK_NAME} in this folder)` },
  ...registryOptions,
} as const;
type InstallRun = Run<typeof options>;

/** `aegis install NAME[@VERSION]`: nothing is written before digest and signed approval have been checked. */
export const install = defineCommand({
  usage: 'install NAME[@VERSION]',
  summary: 'Install an approved skill after checking its digest and signed approval',
  about:
    'The package must have the digest that a reviewer signed, with a key that was pinned at login. Then DIR/NAME is replaced\nas a whole, and aegis.lock says what was installed. Versions that are pending, rejected, yanked or revoked are refused.',
  arguments: { min: 1, max: 1 },
  options,
  examples: [
    ['aegis install crm-export', 'The latest approved version, to skills/crm-export'],
    ['aegis install crm-export@1.2.0 --dir ~/.agent/skills', 'Exactly that one, elsewhere'],
  ],
  async run(run) {
    const wanted = parseReference(run.rest[0] ?? '');
    const lockPath = resolve(run.io.cwd, run.values.lock ?? LOCK_NAME);
    const lock = await readLock(lockPath);
    const registry = await openRegistry(run.io, run.values.registry, run.warn);
    const tenantId = await chooseTenant(registry.client, run.values.tenant, 'skill:read');
    const resolution = await resolveSkill(registry.client, { ...wanted, tenantId });
    const { found, locked } = await fetchVerified(run, registry, resolution);
    requireSameAsLocked(lock, locked);
    const target = resolve(run.io.cwd, run.values.dir ?? 'skills', found.manifest.name);
    await place(found.files, target);
    await writeLock(lockPath, withLocked(lock, registry.url, locked));
    tell(run, resolution, locked, target, found);
    return 0;
  },
});

/** Refuses by name whatever may not be installed, also if a registry should hand it out. */
async function resolveSkill(
  client: Client,
  query: { name: string; version: string | undefined; tenantId: string },
): Promise<Resolution> {
  const wanted = query.version === undefined ? query.name : `${query.name}@${query.version}`;
  const resolution = await client.skills.resolve(query).catch((error: unknown) => {
    if (!(error instanceof AegisError) || (error.code !== 'NOT_FOUND' && error.code !== 'NOT_INSTALLABLE')) throw error;
    throw new AegisError(error.code, {
      detail: `${wanted} was not installed. ${error.detail ?? error.title}`,
      cause: error,
      ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
    });
  });
  const { name, version, status } = resolution;
  if (name !== query.name || (query.version !== undefined && version !== query.version)) {
    throw new AegisError('APPROVAL_INVALID', {
      detail: `The registry answered ${name}@${version} where ${wanted} was asked for. Nothing was written.`,
    });
  }
  if (status === 'approved' || status === 'deprecated') return resolution;
  throw new AegisError('NOT_INSTALLABLE', {
    detail: `${name}@${version} is ${status.replace('_', ' ')}, so it was not installed.`,
  });
}

/** The package, after every check: digest of the bytes, soundness, digest of the content, signature, name and version. */
async function fetchVerified(
  run: InstallRun,
  { client, pinnedKeys, url }: Registry,
  resolution: Resolution,
): Promise<{ found: ReadPackage; locked: LockedSkill }> {
  const { name, version, tenantId, archiveDigest, contentDigest } = resolution;
  const line = run.progress();
  line.update(`Downloading ${name} ${version} (${size(resolution.packageSize)}) …`);
  const archive = await client.skills.download(resolution.packageUrl, { tenantId }).finally(() => line.done());
  const found = await readPackage(archive);
  requireDigest('package', found.archiveDigest, archiveDigest);
  requireDigest('content', found.contentDigest, contentDigest);
  if (pinnedKeys === null) {
    run.warn(
      `${run.paint('yellow', '!')} No keys of ${url} are pinned on this machine; using those it serves now. Pin them: aegis login`,
    );
  }
  const keys = pinnedKeys ?? (await client.keySet());
  const predicate = await verifyApproval(resolution.approval, keys, {
    tenantId,
    name,
    version,
    archiveDigest: found.archiveDigest,
    contentDigest: found.contentDigest,
  });
  if (found.manifest.name !== name || found.manifest.version !== version) {
    throw new AegisError('APPROVAL_INVALID', {
      detail: `The package says that it is ${found.manifest.name} ${found.manifest.version}, its approval ${name} ${version}. Nothing was written.`,
    });
  }
  const { permissionsDigest } = predicate;
  return {
    found,
    locked: {
      name,
      version,
      archiveDigest: found.archiveDigest,
      contentDigest: found.contentDigest,
      tenantId,
      permissionsDigest,
    },
  };
}

function requireDigest(what: string, found: string, wanted: string): void {
  if (sameDigest(found, wanted)) return;
  throw new AegisError('DIGEST_MISMATCH', {
    detail: `The ${what} that arrived has digest ${found}, the registry announced ${wanted}. Nothing was written. Try again; if it stays so, tell who runs the registry.`,
  });
}

/** A version that was locked never changes its bytes. */
function requireSameAsLocked(lock: LockFile | null, found: LockedSkill): void {
  const before = lock?.skills.find(({ name }) => name === found.name);
  if (before === undefined || before.version !== found.version || before.tenantId !== found.tenantId) return;
  if (sameDigest(before.archiveDigest, found.archiveDigest) && sameDigest(before.contentDigest, found.contentDigest))
    return;
  throw new AegisError('DIGEST_MISMATCH', {
    detail: `${found.name}@${found.version} has digest ${found.archiveDigest}, ${LOCK_NAME} has ${before.archiveDigest}. A version never changes its bytes: one of the two was tampered with. Nothing was written.`,
  });
}

/** Writes the files beside the target and swaps: the target is the old skill or the new one, never a mix. */
async function place(files: readonly PackageFile[], target: string): Promise<void> {
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await withTemporaryFolder(async (temporary) => {
    const fresh = join(temporary, 'new');
    await mkdir(fresh);
    for (const { path, bytes, mode } of files) {
      const file = join(fresh, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes, { flag: 'wx' });
      await chmod(file, mode === '0755' ? 0o755 : 0o644);
    }
    await chmod(fresh, 0o755);
    const old = join(temporary, 'old');
    const had = await rename(target, old).then(() => true, ignoreMissing);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (had) await rename(old, target);
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  }, parent);
}

function ignoreMissing(error: NodeJS.ErrnoException): false {
  if (error.code === 'ENOENT') return false;
  throw error;
}

function withLocked(lock: LockFile | null, registry: string, locked: LockedSkill): LockFile {
  const others = (lock?.skills ?? []).filter(({ name }) => name !== locked.name);
  return { v: 1, registry, skills: [...others, locked] };
}

function tell(
  { io, print, warn, paint, result }: InstallRun,
  resolution: Resolution,
  locked: LockedSkill,
  target: string,
  found: ReadPackage,
): void {
  const { warning, replacement } = resolution;
  if (resolution.status === 'deprecated') {
    const words = warning ?? `${locked.name} ${locked.version} is deprecated.`;
    const isNamed = replacement === null || words.includes(replacement);
    warn(`${paint('yellow', '!')} ${plain(words)}${isNamed ? '' : ` Use ${plain(replacement)} instead.`}`);
  }
  result({ ...locked, path: target, status: resolution.status, warning, replacement });
  print(
    `${paint('green', '✓')} ${locked.name} ${locked.version} installed to ${relative(io.cwd, target) || target}, ${count(found.files.length, 'file')}`,
  );
  print(paint('dim', `  digest and signed approval verified, locked in ${LOCK_NAME}\n  ${locked.archiveDigest}`));
}
