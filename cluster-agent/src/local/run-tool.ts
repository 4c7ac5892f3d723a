import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ContextCall, createContext } from '@aegis/skill-sdk/context';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { Log } from '@aegis/skill-sdk/log';
import { bundleFile, checkPackage, handlerFile, parseHandler } from '@aegis/skill-sdk/manifest';
import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import { checkInput } from '@aegis/skill-sdk/tools';
import type { SkillManifest, ToolDefinition } from '@aegis/skill-sdk/types';
import type { BlockedReason } from '@aegis/skill-sdk/wire/blocked';
import type { KeySet, Mode, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { Adopted } from '../adopted.ts';
import { blockedReason, softFetch } from './network.ts';
import { type ApprovedPackage, type Install, openPackage, openUninstalled, RUN_PREFIX } from './package.ts';
import { callTool, type ToolOutcome } from './tool-call.ts';
import { workingFiles } from './working-files.ts';

/** A network call that HARD denies or SOFT would deny. */
export interface Denial {
  mode: Mode;
  reason: BlockedReason;
  revision: number;
  agentId: string;
  skill: { name: string; version: string; digest?: string };
  host: string;
  port: number;
  protocol: 'tls' | 'http';
  tool: string;
}

export interface RunToolOptions {
  adopted: Adopted;
  tenantId: string;
  /** Id or name. */
  agent: string;
  skill: string;
  tool: string;
  input: unknown;
  /** The archive of a skill that is not installed; of one that is, only the approved bytes are run. */
  packageFile: string | null;
  /** Where relative paths of the tool lie. */
  workFolder: string;
  /** Cache of archives. */
  packages: string;
  keys: KeySet;
  download: (digest: string) => Promise<Uint8Array>;
  onDenied: (denial: Denial) => void;
  /** What an allowed request goes through. */
  fetch: typeof globalThis.fetch;
  environment: Record<string, string | undefined>;
  signal: AbortSignal;
  log: Log;
}

/** What a run did, as it is printed. */
export interface ToolRun {
  skill: string;
  version: string;
  tool: string;
  mode: Mode;
  output: unknown;
  error: { code: string | null; message: string } | null;
  calls: ContextCall[];
}

/**
 * Runs one tool of an agent's skill here, under what the adopted state lets this agent do: the network is the agent's
 * allow-list, files and environment are what the skill's approval says. Each network call that is denied, or in SOFT
 * would be, is told to `onDenied` as it happens. Throws NOT_FOUND, NOT_INSTALLABLE and what the package's checks throw.
 */
export async function runTool(options: RunToolOptions): Promise<ToolRun> {
  const { document, agent } = findAgent(options);
  const install = document.installs.find((one) => one.agentId === agent.agentId && one.name === options.skill) ?? null;
  const approved = await open(options, install, agent.name);
  const { manifest, tool } = findTool(options, approved);
  const permissions: PermissionBlock = {
    ...approved.permissions,
    network: agent.allow.map(({ host, ports, protocol }) => ({ host, ports, protocol })),
  };
  const skill = {
    name: manifest.name,
    version: manifest.version,
    ...(install === null ? {} : { digest: install.archiveDigest }),
  };
  const calls: ContextCall[] = [];
  const onCall = (call: ContextCall) => {
    calls.push(call);
    const reason = call.reason === null ? null : blockedReason(call.reason, install !== null);
    if (reason === null || call.net === undefined) return;
    const { host, port, protocol } = call.net;
    const { mode, revision } = document;
    options.onDenied({ mode, reason, revision, agentId: agent.agentId, skill, host, port, protocol, tool: tool.name });
  };
  const outcome = await runInFolder(options, { approved, manifest, tool, permissions, mode: document.mode, onCall });
  return {
    skill: manifest.name,
    version: manifest.version,
    tool: tool.name,
    mode: document.mode,
    output: outcome.ok ? outcome.output : null,
    error: outcome.ok ? null : { code: outcome.code, message: outcome.message },
    calls,
  };
}

function findAgent({ adopted, tenantId, agent: wanted }: RunToolOptions): {
  document: TenantDocument;
  agent: TenantDocument['agents'][number];
} {
  const tenant = adopted.tenants.find((one) => one.tenantId === tenantId);
  const document = tenant?.enforced?.document;
  if (document === undefined) {
    throw new AegisError('NOT_FOUND', {
      detail: `No document of ${tenantId} is in force in this cluster. Is the tenant placed here? See \`aegis-agent status\`.`,
    });
  }
  const agent = document.agents.find(({ agentId, name }) => agentId === wanted || name === wanted);
  if (agent === undefined) {
    const names = document.agents.map(({ name }) => name).join(', ') || 'none';
    throw new AegisError('NOT_FOUND', {
      detail: `${tenantId} has no agent ${wanted} in this cluster; it has ${names}.`,
    });
  }
  return { document, agent };
}

async function open(options: RunToolOptions, install: Install | null, agentName: string): Promise<ApprovedPackage> {
  const { packages, tenantId, keys, download, packageFile, skill } = options;
  if (install !== null && packageFile === null)
    return openPackage(install, { folder: packages, tenantId, keys, download });
  if (install !== null) {
    throw new AegisError('USAGE', {
      detail: `${skill} ${install.version} is installed on ${agentName}: run it without --package, so that what runs is what was approved.`,
    });
  }
  if (packageFile !== null) return openUninstalled(packageFile);
  throw new AegisError('NOT_INSTALLABLE', {
    detail: `${skill} is not installed on ${agentName}. Install it, or name an archive with --package to see what it would be denied.`,
  });
}

function findTool(
  { tool: wanted, skill }: RunToolOptions,
  { files }: ApprovedPackage,
): { manifest: SkillManifest; tool: ToolDefinition } {
  const { manifest, errors } = checkPackage(files);
  if (manifest === null)
    throw new AegisError('MANIFEST_INVALID', { detail: `The manifest of ${skill} is not valid.`, errors });
  if (manifest.name !== skill)
    throw new AegisError('MANIFEST_MISMATCH', { detail: `The package is ${manifest.name}, asked for was ${skill}.` });
  const tool = manifest.tools.find(({ name }) => name === wanted);
  if (tool === undefined) {
    const names = manifest.tools.map(({ name }) => name).join(', ') || 'none';
    throw new AegisError('NOT_FOUND', {
      detail: `${skill} ${manifest.version} has no tool ${wanted}; it has ${names}.`,
    });
  }
  return { manifest, tool };
}

interface Prepared {
  approved: ApprovedPackage;
  manifest: SkillManifest;
  tool: ToolDefinition;
  permissions: PermissionBlock;
  mode: Mode;
  onCall: (call: ContextCall) => void;
}

/** Unpacks into a folder of this run alone, runs, and removes it again. */
async function runInFolder(options: RunToolOptions, prepared: Prepared): Promise<ToolOutcome> {
  const { approved, manifest, tool, permissions, mode, onCall } = prepared;
  const params = checkInput(tool, options.input);
  const module = moduleOf(tool, approved);
  await mkdir(options.packages, { recursive: true, mode: 0o700 });
  const packageFolder = await mkdtemp(join(options.packages, RUN_PREFIX));
  try {
    for (const { path, bytes } of approved.files) {
      await mkdir(dirname(join(packageFolder, path)), { recursive: true });
      await writeFile(join(packageFolder, path), bytes);
    }
    const packageFiles = new Map(approved.files.map(({ path, bytes }) => [path, bytes]));
    const { context } = createContext({
      permissions,
      packageFiles: packageFiles.keys(),
      signal: options.signal,
      onCall,
      adapters: {
        fetch: options.fetch,
        files: workingFiles({ folder: options.workFolder, packageFiles }),
        env: (name) => options.environment[name],
        log: (message, fields) =>
          options.log.info('tool says', {
            tool: tool.name,
            text: message,
            ...(fields === undefined ? {} : { fields }),
          }),
      },
    });
    const network = mode === 'soft' ? { fetch: softFetch(options.fetch, permissions, options.signal, onCall) } : {};
    return await callTool({
      start: {
        module: join(packageFolder, module),
        exportName: parseHandler(tool.handler).exportName,
        params,
        ...environmentOf(permissions, options.environment),
      },
      packageFolder,
      workFolder: options.workFolder,
      files: permissions.files,
      context: { ...context, ...network },
      limits: manifest.limits,
      signal: options.signal,
    });
  } finally {
    await rm(packageFolder, { recursive: true, force: true });
  }
}

/** The bundle that `aegis build` made, or the source itself where a package has none and Node can run it. */
function moduleOf(tool: ToolDefinition, { files }: ApprovedPackage): string {
  const paths = new Set(files.map(({ path }) => path));
  const bundle = bundleFile(tool.handler);
  if (paths.has(bundle)) return bundle;
  const source = handlerFile(tool.handler, paths);
  if (source !== null && /\.(?:[cm]?js|ts)$/.test(source)) return source;
  throw new AegisError('MANIFEST_INVALID', {
    detail: `The handler ${tool.handler} of ${tool.name} cannot be run here: wanted ${bundle}, as \`aegis build\` makes it, or a .js or .ts file.`,
  });
}

function environmentOf({ environment }: PermissionBlock, given: Record<string, string | undefined>) {
  const declaredEnvironment = [...environment.required, ...environment.optional];
  const set = declaredEnvironment.flatMap((name): [string, string][] =>
    given[name] === undefined ? [] : [[name, given[name]]],
  );
  return { declaredEnvironment, environment: Object.fromEntries(set) };
}
