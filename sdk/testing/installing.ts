import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pack } from '../src/archive.ts';
import { type SigningRegistry, signingRegistry } from './signing-registry.ts';
import { GREETER, type TestIo, testIo } from './test-io.ts';

/** The greeter as a package, under any name and in any version, with further files. */
export function greeterArchive(version = '1.0.0', more: Record<string, string> = {}, name = 'greeter'): Uint8Array {
  const manifest = (GREETER['manifest.yaml'] ?? '').replace('1.0.0', version).replace('name: greeter', `name: ${name}`);
  const files = { ...GREETER, 'manifest.yaml': manifest, ...more };
  return pack(
    Object.entries(files).map(([path, content]) => ({
      path,
      bytes: new TextEncoder().encode(content),
      mode: path.endsWith('.sh') ? '0755' : '0644',
    })),
  );
}

/** A registry, and a person who signed in to it. */
export async function signedIn(): Promise<{ registry: SigningRegistry; io: TestIo }> {
  const registry = await signingRegistry();
  const io = await testIo();
  expect(await io.aegis('login', '--registry', registry.url, '--token', 'aeg_good')).toBe(0);
  io.clear();
  return { registry, io };
}

/** Every file below a folder with its content, and the empty folders; dot files too. */
export async function contentsOf(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) found[name] = await readFile(path, 'utf8');
    else if ((await readdir(path)).length === 0) found[`${name}/`] = '';
  }
  return found;
}
