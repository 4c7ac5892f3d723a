import { lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { ignoreMissing, missingIsEmpty, removeIfThere, sweepTemporary, syncFolder, writeDurably } from '../durable.ts';
import {
  type ActualObject,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  type ObjectReference,
  type Target,
  type TargetObject,
  TENANT_LABEL,
} from '../target.ts';

/** No object of ours comes near; a larger file of that name is not read but replaced. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

const Read = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
  }),
});

/**
 * Objects as YAML files in a folder, for GitOps: `<folder>/<namespace>/<name>.<kind>.yaml`, one object a file, the same
 * object always the same bytes. The first line marks a file as this cluster's: others are never listed, changed or
 * removed, so the folder may hold files of people and of other clusters.
 */
export async function openManifests(folder: string, clusterId: string): Promise<Target> {
  await mkdir(folder, { recursive: true });
  for (const namespace of await folders(folder)) await sweepTemporary(join(folder, namespace));
  const marker = `# Written by aegis-agent of ${clusterId}; changes are undone.\n`;
  let known = new Map<string, Known>();
  return {
    kind: 'manifests',
    async list() {
      const now = new Map<string, Known>();
      for (const namespace of await folders(folder)) {
        for (const name of (await readdir(join(folder, namespace))).sort()) {
          const path = join(folder, namespace, name);
          const fingerprint = await fingerprintOf(path);
          if (fingerprint === null) continue;
          const last = known.get(path);
          const isSame = last !== undefined && last.fingerprint === fingerprint;
          now.set(path, isSame ? last : { fingerprint, object: await readOwn(path, { namespace, name, marker }) });
        }
      }
      known = now;
      return [...now.values()].flatMap(({ object }) => (object === null ? [] : [object]));
    },
    async apply(object) {
      const { namespace, name } = object.metadata;
      const path = pathOf(folder, { kind: object.kind, namespace, name });
      if ((await ownership(path, marker)) === 'foreign') {
        throw new AegisError('ALREADY_EXISTS', {
          detail: `${path} is there and was not written by this cluster's agent. Move it away, or give the agent its own folder.`,
        });
      }
      // Readable by others, unlike the agent's own state.
      await mkdir(dirname(path), { recursive: true });
      await writeDurably(path, `${marker}${stringify(object, { lineWidth: 0 })}`, 0o644);
    },
    async remove(reference) {
      const path = pathOf(folder, reference);
      if ((await ownership(path, marker)) !== 'ours') return;
      await removeIfThere(path);
      await syncFolder(join(folder, reference.namespace));
    },
    // Files of people are not known to be applied anywhere.
    widenedBy: () => [],
    // What happens in a folder is found by the next resynchronisation.
    watch: async () => {},
    // A folder enforces nothing, so it denies nothing.
    async *blockedEvents() {},
  };
}

/** A file as it was read last; a thousand tenants are thousands of files, and few of them change. */
interface Known {
  fingerprint: string;
  object: ActualObject | null;
}

/** Changes with every write: the kernel sets the second time itself, to the nanosecond. Null when the file just went. */
async function fingerprintOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await lstat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
}

async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(missingIsEmpty);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

function pathOf(folder: string, { kind, namespace, name }: Omit<ObjectReference, 'tenantId'>): string {
  return join(folder, namespace, `${name}.${kind.toLowerCase()}.yaml`);
}

/** By the first line only, and never through a link: what a link points at is not in this folder. */
async function ownership(path: string, marker: string): Promise<'absent' | 'ours' | 'foreign'> {
  try {
    const stat = await lstat(path);
    if (!stat.isFile()) return 'foreign';
    return (await readFile(path, 'utf8')).startsWith(marker) ? 'ours' : 'foreign';
  } catch (error) {
    ignoreMissing(error);
    return 'absent';
  }
}

async function readOwn(
  path: string,
  { namespace, name, marker }: { namespace: string; name: string; marker: string },
): Promise<ActualObject | null> {
  const [, objectName = '', kindInName = ''] = /^([^.].*)\.([a-z]+)\.yaml$/.exec(name) ?? [];
  if (objectName === '' || (await ownership(path, marker)) !== 'ours') return null;
  const object = await readObject(path);
  const tenantId = object?.metadata.labels[TENANT_LABEL] ?? '';
  const isWhole =
    object !== null &&
    object.metadata.labels[MANAGED_BY_LABEL] === MANAGED_BY &&
    pathOf('', { kind: object.kind, ...object.metadata }) ===
      pathOf('', { kind: kindInName, namespace, name: objectName });
  // The kind is spelled by the file's name alone when the content no longer tells.
  const kind = isWhole ? object.kind : (KINDS[kindInName] ?? kindInName);
  return { kind, namespace, name: objectName, tenantId, object: isWhole ? object : null };
}

const KINDS: Record<string, string> = { networkpolicy: 'NetworkPolicy', configmap: 'ConfigMap' };

async function readObject(path: string): Promise<TargetObject | null> {
  if ((await lstat(path)).size > FILE_BYTES_MAX) return null;
  try {
    return Read.parse(parse(await readFile(path, 'utf8')));
  } catch {
    // Edited into something else: the next plan sees a difference and writes it again.
    return null;
  }
}
