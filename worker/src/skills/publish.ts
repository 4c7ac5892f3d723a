import { RULES_VERSION } from '@aegis/skill-sdk/analyze';
import { contentDigest, type PackageFile, unpack } from '@aegis/skill-sdk/archive';
import { digestOf, isDigest, sameDigest } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { ANALYSE_IN_REQUEST_BYTES_MAX } from '@aegis/skill-sdk/limits';
import { checkManifestValue, checkPackage, sameManifest } from '@aegis/skill-sdk/manifest';
import { reach } from '@aegis/skill-sdk/permissions';
import type { SkillManifest } from '@aegis/skill-sdk/types';
import { isPrerelease } from '@aegis/skill-sdk/version';
import type { UploadAnswer } from '@aegis/skill-sdk/wire/skills';
import { requireCan } from '../auth.ts';
import { blobKey, putBlob } from '../blobs.ts';
import type { Context } from '../context.ts';
import { isNotNullViolation, isUniqueViolation } from '../db.ts';
import { type Analysis, analyse } from './analyse.ts';
import type { Upload } from './receive.ts';
import * as store from './store.ts';

/** `created` is false when the same bytes were there already. */
export interface Published {
  version: UploadAnswer;
  created: boolean;
}

/**
 * Publishes one package for a tenant. Bytes are checked first, then stored, and the rows come last, in one batch: killed
 * anywhere, it leaves at most bytes that nobody refers to. Throws DIGEST_MISMATCH, ARCHIVE_INVALID, MANIFEST_INVALID,
 * MANIFEST_MISMATCH, VERSION_EXISTS, QUOTA_EXCEEDED, FORBIDDEN for another skill than a job's own.
 */
export async function publish(ctx: Context, tenantId: string, attemptId: string, upload: Upload): Promise<Published> {
  const archiveDigest = await requireDigest(upload);
  const files = unpack(upload.file);
  const manifest = requireManifest(files);
  if (upload.manifest !== undefined) requireSameManifest(upload.manifest, manifest);
  requireCan(ctx.caller, 'skill:publish', { tenantId, skill: manifest.name });
  const known = { tenantId, name: manifest.name, version: manifest.version };
  const { existing, usage } = await store.readBefore(ctx, known);
  if (existing !== undefined) return await again(ctx, attemptId, existing, archiveDigest);
  requireQuota(usage, upload.file.length);

  const row = await newVersion(ctx, { tenantId, archiveDigest, size: upload.file.length, files, manifest });
  const analysis = row.unpackedSize <= ANALYSE_IN_REQUEST_BYTES_MAX ? await tryAnalyse(ctx, files, manifest) : null;
  await Promise.all([
    putBlob(ctx.env.ARTIFACTS, 'package', tenantId, archiveDigest, upload.file),
    analysis === null ? null : putBlob(ctx.env.ARTIFACTS, 'report', tenantId, analysis.digest, analysis.bytes),
  ]);
  const reportId = ctx.newId('report');
  try {
    await store.addVersion(ctx, attemptId, row, reportRow(ctx, row, reportId, analysis));
  } catch (cause) {
    if (!isUniqueViolation(cause, 'private_skills.') && !isNotNullViolation(cause)) throw cause;
    const { existing: winner, usage: now } = await store.readBefore(ctx, known);
    if (winner !== undefined) return await again(ctx, attemptId, winner, archiveDigest);
    requireQuota(now, upload.file.length);
    throw cause;
  }
  if (analysis === null) await enqueue(ctx, reportId);
  return { version: { id: row.id, ...named(row), status: 'pending_review' }, created: true };
}

async function requireDigest({ file, archiveDigest: declared }: Upload): Promise<string> {
  const found = await digestOf(file);
  if (declared === undefined) return found;
  if (!isDigest(declared)) {
    const detail = `Found ${declared.slice(0, 100)}, wanted sha256:<64 lower-case hex digits>.`;
    throw new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/archiveDigest', detail }] });
  }
  if (sameDigest(declared, found)) return found;
  throw new AegisError('DIGEST_MISMATCH', {
    detail: `You declared ${declared}, the bytes that arrived have ${found}. Build and publish again.`,
    meta: { declared, found },
  });
}

function requireManifest(files: PackageFile[]): SkillManifest {
  const { manifest, errors } = checkPackage(files);
  if (manifest !== null) return manifest;
  throw new AegisError('MANIFEST_INVALID', { detail: `${errors.length} error(s) in the package; see errors.`, errors });
}

/** The manifest inside the package wins; one that was sent beside it must mean the same (A82). */
function requireSameManifest(text: string, found: SkillManifest): void {
  const sent = checkManifestValue(parseJson(text));
  if (sent.manifest === null) {
    const detail = 'The part `manifest` is not a valid manifest; see errors.';
    throw new AegisError('MANIFEST_INVALID', { detail, errors: sent.errors });
  }
  if (sameManifest(sent.manifest, found)) return;
  const fields = differingFields(sent.manifest, found);
  const pick = (manifest: object) =>
    Object.fromEntries(Object.entries(manifest).filter(([key]) => fields.includes(key)));
  throw new AegisError('MANIFEST_MISMATCH', {
    detail: `The part \`manifest\` and the manifest.yaml inside the package differ in: ${fields.join(', ')}. Leave the part out, or send the same.`,
    errors: fields.map((field) => ({ pointer: `/${field}`, detail: 'differs from the one inside the package' })),
    meta: { sent: pick(sent.manifest), package: pick(found) },
  });
}

function differingFields(left: SkillManifest, right: SkillManifest): string[] {
  const [a, b] = [Object.entries(left), Object.entries(right)].map((entries) => new Map<string, unknown>(entries));
  const keys = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
  return [...keys].filter((key) => JSON.stringify(a?.get(key)) !== JSON.stringify(b?.get(key)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AegisError('INVALID_REQUEST', { detail: 'The part `manifest` is not JSON.', cause });
  }
}

/** The same bytes are the same version; a number is used once, also after reject, revoke and delete. */
async function again(
  ctx: Context,
  attemptId: string,
  existing: store.Existing,
  archiveDigest: string,
): Promise<Published> {
  const { name, version } = existing;
  if (existing.deletedAtMs !== null || !sameDigest(existing.archiveDigest, archiveDigest)) {
    const why = existing.deletedAtMs !== null ? 'was deleted' : 'has other bytes';
    throw new AegisError('VERSION_EXISTS', {
      detail: `${name} ${version} was published before and ${why}. A version number is used once: raise it and publish again.`,
      meta: { archiveDigest: existing.archiveDigest },
    });
  }
  await store.finishAttempt(ctx, attemptId, existing.id);
  return { version: { id: existing.id, name, version, status: existing.status }, created: false };
}

function requireQuota(usage: store.Usage, size: number): void {
  if (usage.versions >= usage.versionsMax) {
    throw new AegisError('QUOTA_EXCEEDED', {
      detail: `The tenant has ${usage.versions} of ${usage.versionsMax} versions. A platform admin can raise the number.`,
      meta: { versions: usage.versions, versionsMax: usage.versionsMax },
    });
  }
  if (usage.bytes + size > usage.bytesMax) {
    throw new AegisError('QUOTA_EXCEEDED', {
      detail: `The tenant stores ${usage.bytes} of ${usage.bytesMax} bytes, and this package has ${size}. Delete drafts, or ask a platform admin for more.`,
      meta: { bytes: usage.bytes, bytesMax: usage.bytesMax, packageBytes: size },
    });
  }
}

interface Checked {
  tenantId: string;
  archiveDigest: string;
  size: number;
  files: PackageFile[];
  manifest: SkillManifest;
}

async function newVersion(ctx: Context, checked: Checked): Promise<store.NewVersion> {
  const { tenantId, archiveDigest, size, files, manifest } = checked;
  return {
    id: ctx.newId('version'),
    tenantId,
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    author: manifest.author ?? null,
    manifest: { ...manifest },
    manifestValid: true,
    packageUrl: blobKey('package', tenantId, archiveDigest),
    packageSize: size,
    packageChecksum: archiveDigest,
    contentDigest: await contentDigest(files),
    unpackedSize: files.reduce((sum, file) => sum + file.bytes.length, 0),
    files: files.length,
    reach: reach(manifest.permissions),
    prerelease: isPrerelease(manifest.version),
  };
}

function reportRow(
  ctx: Context,
  { id, tenantId }: store.NewVersion,
  reportId: string,
  analysis: Analysis | null,
): store.NewReport {
  const row = { id: reportId, tenantId, versionId: id, kind: 'static' as const, createdAtMs: ctx.nowMs };
  if (analysis === null) return { ...row, state: 'queued', rulesVersion: RULES_VERSION };
  const { bytes: _, ...shown } = analysis;
  return { ...row, ...shown, state: 'done', finishedAtMs: ctx.nowMs };
}

/** Null when the analyzer failed: then the queue tries again, and says so in the end. */
async function tryAnalyse(ctx: Context, files: PackageFile[], manifest: SkillManifest): Promise<Analysis | null> {
  try {
    return await analyse(files, manifest);
  } catch (error) {
    ctx.log.error('analysis failed in the request', { error });
    return null;
  }
}

/** A message that is lost here is sent again by `requeueStale`. */
async function enqueue(ctx: Context, reportId: string): Promise<void> {
  try {
    await ctx.env.ANALYSES.send({ reportId });
  } catch (error) {
    ctx.log.warn('analysis was not enqueued', { error, reportId });
  }
}

const named = ({ name, version }: { name: string; version: string }) => ({ name, version });
