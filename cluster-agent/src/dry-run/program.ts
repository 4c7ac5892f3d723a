import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Digest, digestOf } from '@aegis/skill-sdk/digest';
import { build } from 'esbuild';

/** The programs that run inside a sandbox. */
export interface SandboxPrograms {
  harness: Uint8Array;
  runners: { javascript: string; python: string };
  /** Over all three: which watcher a result is from. */
  digest: Digest;
}

const FOLDER = new URL('./harness/', import.meta.url);

/** Makes one file of each program, so that it can be sent into a sandbox that has nothing but Node and Python. */
export async function loadPrograms(): Promise<SandboxPrograms> {
  const [harness = '', javascript = ''] = await Promise.all(['main.ts', 'tool.ts'].map(bundle));
  const python = await readFile(new URL('tool.py', FOLDER), 'utf8');
  const digest = await digestOf(new TextEncoder().encode([harness, javascript, python].join('\0')));
  return { harness: Buffer.from(harness), runners: { javascript, python }, digest };
}

async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, FOLDER))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'silent',
    legalComments: 'none',
  });
  return outputFiles[0]?.text ?? '';
}
