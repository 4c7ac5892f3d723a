import { readFile } from 'node:fs/promises';
import { AegisError } from '../errors.ts';
import { KeySet } from '../wire/clusters.ts';

/** The public keys of a registry from a file that was saved. @throws AegisError USAGE when it holds none */
export async function readKeys(path: string): Promise<KeySet> {
  const parsed = KeySet.safeParse(await readJsonFile(path));
  if (parsed.success) return parsed.data;
  throw new AegisError('USAGE', {
    detail: `${path} holds no keys; wanted what the registry serves at /.well-known/aegis/keys.json.`,
  });
}

/** @throws AegisError USAGE when the file is no JSON */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AegisError('USAGE', { detail: `${path} is no JSON.`, cause });
  }
}
