import { fileURLToPath } from 'node:url';
import { createContext } from '../context.ts';
import { AegisError } from '../errors.ts';
import { coversHost } from '../permissions.ts';
import { runCases } from '../testing.ts';
import { checkInput } from '../tools.ts';
import type { SkillManifest, ToolContext, ToolHandler } from '../types.ts';
import { nodeFiles } from './node-files.ts';
import { pythonHandler } from './python-handler.ts';
import type { Answer, Load, Request, RunError, ToolEvent } from './tool-process.ts';

// The process in which the code of a skill runs: started by tool-process.ts, which kills it when it takes too long.

interface Loaded extends Omit<Load, 'kind'> {
  handler: ToolHandler<never, unknown>;
}
let loaded: Loaded | null = null;
/** True while a case runs: its requests are answered from the case, and nothing leaves. */
let isCase = false;

process.on('message', (request: Request) => {
  answer(request).then(
    (value) => send({ kind: 'done', value }),
    (error: unknown) => send({ kind: 'failed', error: describe(error) }),
  );
});
process.on('disconnect', () => process.exit());

function send(message: Answer | ToolEvent): void {
  process.send?.(message);
}

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'describe': {
      const module: Record<string, unknown> = await import(request.module);
      // Functions and the like do not belong into a definition; what JSON keeps is what counts.
      return { tools: JSON.parse(JSON.stringify(module.tools ?? null)) };
    }
    case 'load': {
      loaded = { ...request, handler: await loadHandler(request) };
      return null;
    }
    case 'case':
      return runCase(need(), request);
    case 'call':
      return runCall(need(), request);
  }
}

function need(): Loaded {
  if (loaded === null) throw new Error('a run before the handler was loaded');
  return loaded;
}

async function loadHandler(load: Load): Promise<ToolHandler<never, unknown>> {
  const { module, exported, python, manifest } = load;
  if (python !== undefined) {
    return pythonHandler({
      python: python.interpreter,
      root: python.root,
      file: fileURLToPath(module),
      name: exported,
      decideSocket: (host, port) => decideSocket(manifest, host, port),
    });
  }
  const members: Record<string, unknown> = await import(module);
  const handler = members[exported];
  if (typeof handler !== 'function') {
    const found = Object.keys(members).join(', ') || 'nothing';
    throw new Error(
      `the handler's module exports ${found}; wanted a function as ${exported === 'default' ? 'the default export' : `“${exported}”`}`,
    );
  }
  // A handler may use the global fetch instead of its context's; both meet the same fence.
  return async (params: never, context: ToolContext) => {
    const original = globalThis.fetch;
    globalThis.fetch = context.fetch;
    try {
      return await Reflect.apply(handler, undefined, [params, context]);
    } finally {
      globalThis.fetch = original;
    }
  };
}

/** A connection that a Python handler opens by itself, with urllib or a library. */
function decideSocket({ permissions }: Load['manifest'], host: string, port: number): void {
  const value = `${host}:${port}`;
  const allowed = !isCase && coversHost(permissions.network, { host, port });
  if (!isCase) {
    const reason = allowed ? null : 'not_in_allowlist';
    send({ kind: 'call', call: { kind: 'net', value, allowed, reason } });
  }
  if (allowed) return;
  throw new AegisError('PERMISSION_DENIED', {
    detail: isCase
      ? `${value}: in a case nothing leaves. Use context.fetch, which is answered from \`http\` of the case.`
      : `${value} is not declared under permissions.network in manifest.yaml.`,
  });
}

async function runCase(
  { handler, manifest, tool, packageFiles, callMs }: Loaded,
  { testCase, workFolder }: Extract<Request, { kind: 'case' }>,
) {
  process.chdir(workFolder);
  const declared = [...manifest.permissions.environment.required, ...manifest.permissions.environment.optional];
  for (const name of declared) if (Object.hasOwn(testCase.env, name)) process.env[name] = testCase.env[name];
  send({ kind: 'started' });
  isCase = true;
  const [result] = await runCases([testCase], handler, {
    manifest,
    tool,
    packageFiles,
    signal: () => AbortSignal.timeout(callMs),
  });
  for (const name of declared) delete process.env[name];
  if (result === undefined) throw new Error('a case without a result');
  const { run, ...rest } = result;
  return { ...rest, calls: run.calls, log: run.log, output: run.output, error: run.error && describe(run.error) };
}

async function runCall(
  { handler, manifest, tool, packageFiles, callMs }: Loaded,
  { input, workFolder, env }: Extract<Request, { kind: 'call' }>,
) {
  isCase = false;
  Object.assign(process.env, env);
  process.chdir(workFolder);
  const { context, calls } = createContext({
    permissions: manifest.permissions,
    packageFiles: Object.keys(packageFiles),
    signal: AbortSignal.timeout(callMs),
    onCall: (call) => send({ kind: 'call', call }),
    adapters: {
      fetch: globalThis.fetch,
      files: nodeFiles(workFolder),
      env: (name) => env[name],
      log: (message, fields) => send({ kind: 'log', message, fields }),
    },
  });
  send({ kind: 'started' });
  try {
    const params = checkInput(findTool(manifest, tool), input);
    const output = await handler(params as never, context);
    return { output: output === undefined ? null : JSON.parse(JSON.stringify(output)), error: null, calls };
  } catch (error) {
    return { output: null, error: describe(error), calls };
  }
}

function findTool(manifest: Pick<SkillManifest, 'tools'>, name: string) {
  const tool = manifest.tools.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
}

function describe(error: unknown): RunError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: null, stack: null };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return { name: error.name, message: error.message, code, stack: error.stack ?? null };
}
