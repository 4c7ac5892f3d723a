import { fileTable, type PackageFile, unpack } from '@aegis/skill-sdk/archive';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { SkillFile, SkillFileContent } from '@aegis/skill-sdk/wire/skills';
import { getBlob } from '../../blobs.ts';
import type { Context } from '../../context.ts';

/** Which package of which tenant. */
export interface PackageRef {
  tenantId: string;
  archiveDigest: string;
}

/** The files of a stored package, its digest checked. */
export async function readFiles(ctx: Context, { tenantId, archiveDigest }: PackageRef): Promise<PackageFile[]> {
  return unpack(await getBlob(ctx.env.ARTIFACTS, 'package', tenantId, archiveDigest));
}

/** The table of files as a reviewer reads it. */
export async function listFiles(files: PackageFile[]): Promise<SkillFile[]> {
  const isText = new Map(files.map(({ path, bytes }) => [path, textOf(bytes) !== null]));
  return (await fileTable(files)).map((row) => ({ ...row, text: isText.get(row.path) ?? false }));
}

/** One file beside the same path of the approved package (null: there is none). Throws NOT_FOUND for an unknown path. */
export function compareFile(files: PackageFile[], approved: PackageFile[] | null, path: string): SkillFileContent {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined)
    throw new AegisError('NOT_FOUND', { detail: `The package has no file ${path.slice(0, 300)}.` });
  const before = approved?.find((candidate) => candidate.path === path);
  return {
    path,
    size: file.bytes.length,
    content: textOf(file.bytes),
    approvedContent: before === undefined ? null : textOf(before.bytes),
    change: before === undefined ? 'added' : sameBytes(before.bytes, file.bytes) ? 'same' : 'changed',
  };
}

/** The text of a file; null when it is not UTF-8 or holds a NUL. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8: a binary file, which the reviewer sees by size and digest only.
    return null;
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
