import type { PackageFile } from '@aegis/skill-sdk/archive';
import type { DryRunResult } from '@aegis/skill-sdk/wire/dry-runs';
import Docker from 'dockerode';
import { findTools } from '../../../tools/build.ts';
import { gvisorRuntime, type PrivateEngine, type Runtimes, startEngine, whyNoEngine } from '../../../tools/engine.ts';
import { type DockerOptions, dockerDriver } from '../dry-run/docker.ts';
import { dryRun } from '../dry-run/dry-run.ts';
import { loadPrograms, type SandboxPrograms } from '../dry-run/program.ts';
import type { SandboxDriver } from '../dry-run/sandbox.ts';

const tools = whyNoEngine().length > 0 ? null : await findTools();

/** Why no sandbox can be tried on this machine; null when one can. A suite that is skipped says this in its name. */
export const NO_SANDBOX: string | null =
  tools !== null ? null : (whyNoEngine()[0] ?? 'the tools of the sandbox are not built here: npm run tools');

/** A real engine with real gVisor, for one test file. */
export interface TestSandbox {
  engine: PrivateEngine;
  driver: SandboxDriver;
  programs: SandboxPrograms;
  driverWith: (options: Partial<DockerOptions>) => SandboxDriver;
  run: (
    skill: PackageFile[],
    options?: { tool?: string; input?: unknown; driver?: SandboxDriver },
  ) => Promise<DryRunResult>;
  /** The same container with nothing but Node's start in it. */
  bare: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts the engine, with further runtimes if a test wants dishonest ones. */
export async function startSandbox(further: Runtimes = {}): Promise<TestSandbox> {
  if (tools === null) throw new Error(NO_SANDBOX ?? '');
  const engine = await startEngine(tools, { ...gvisorRuntime(tools), ...further });
  await engine.load(tools.image);
  const programs = await loadPrograms();
  const driverWith = (options: Partial<DockerOptions>) =>
    dockerDriver({ socket: engine.socket, runtimes: ['runsc'], image: tools.imageId, allowUnsafe: false, ...options });
  const driver = driverWith({});
  return {
    engine,
    driver,
    programs,
    driverWith,
    run: (files, { tool, input = {}, driver: other = driver } = {}) =>
      dryRun({ files, tool, input, driver: other, programs, sign: null, signal: new AbortController().signal }),
    bare: () => runBare(engine.socket, tools.imageId),
    stop: engine.stop,
  };
}

async function runBare(socketPath: string, Image: string): Promise<void> {
  const HostConfig = { Runtime: 'runsc', NetworkMode: 'none' };
  const docker = new Docker({ socketPath });
  const container = await docker.createContainer({
    Image,
    Entrypoint: ['/usr/bin/node'],
    Cmd: ['-e', '1'],
    HostConfig,
  });
  await container.start();
  await container.wait();
  await container.remove();
}

export interface TestPackage {
  /** Code of the handler's module. */
  code: string;
  language?: 'javascript' | 'python';
  /** The lines of `permissions:`, as YAML in one line. */
  permissions?: string;
  limits?: string;
  further?: PackageFile[];
}

/** A package with the one tool `act`. */
export function testPackage({
  code,
  language = 'javascript',
  permissions = '{}',
  limits = '{ callSeconds: 20 }',
  further = [],
}: TestPackage): PackageFile[] {
  const module = language === 'python' ? 'act.py' : 'act.mjs';
  const manifest = [
    'name: acting',
    'version: 1.0.0',
    'description: Acts',
    `permissions: ${permissions}`,
    `limits: ${limits}`,
    'tools:',
    `  - { name: act, description: Acts, returns: { type: object, description: Nothing }, handler: ./${module} }`,
    '',
  ].join('\n');
  return [textFile('manifest.yaml', manifest), textFile(module, code), ...further];
}

export function textFile(path: string, text: string): PackageFile {
  return { path, mode: '0644', bytes: new TextEncoder().encode(text) };
}

/** What a run was seen to do, as `kind value`, sorted. */
export function seenIn({ events }: DryRunResult): string[] {
  return events.map(({ kind, values }) => `${kind} ${values[0]}`).sort();
}
