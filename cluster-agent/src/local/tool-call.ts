import { type ChildProcess, fork } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { Limits, ToolContext } from '@aegis/skill-sdk/types';
import { type FetchReply, type ReplyMessage, type StartMessage, ToolMessage } from './tool-messages.ts';

const PROGRAM = fileURLToPath(new URL('./tool-process.ts', import.meta.url));
/** The answer to one request of a tool is held as a whole. */
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;

export interface ToolCall {
  start: StartMessage;
  /** The unpacked package, which the process may read. */
  packageFolder: string;
  /** Where it runs: relative paths lie here. */
  workFolder: string;
  /** What it may read and write beside the package by `node:fs` itself, as the manifest says it. */
  files: PermissionBlock['files'];
  /** Decides and does what the tool asks for. */
  context: ToolContext;
  limits: Pick<Limits, 'memoryMb' | 'callSeconds'>;
  signal: AbortSignal;
}

/** How a call ended: with an output, or with what the tool threw. */
export type ToolOutcome = { ok: true; output: unknown } | { ok: false; message: string; code: string | null };

/**
 * Runs a tool in a process of its own: an empty environment, Node's permission model with the package and the
 * declared paths, no child processes, a memory and a time limit. What it wants it asks for; `context` decides in this process,
 * out of its reach. This is a check of what a skill does, not a sandbox: a module may still open sockets by itself.
 */
export async function callTool(call: ToolCall): Promise<ToolOutcome> {
  const { start, packageFolder, workFolder, files, context, limits, signal } = call;
  const child = fork(PROGRAM, [], {
    cwd: workFolder,
    env: {},
    execArgv: [
      '--permission',
      `--allow-fs-read=${PROGRAM}`,
      `--allow-fs-read=${packageFolder}/*`,
      ...(await granted(workFolder, files.read)).map((path) => `--allow-fs-read=${path}`),
      ...(await granted(workFolder, files.write)).map((path) => `--allow-fs-write=${path}`),
      `--max-old-space-size=${limits.memoryMb}`,
    ],
    serialization: 'advanced',
    // What it prints is for people; the standard output belongs to the result.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.stdout?.pipe(process.stderr, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  const timer = setTimeout(() => child.kill('SIGKILL'), limits.callSeconds * 1000);
  const stop = () => child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await outcomeOf(child, start, context, limits.callSeconds);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  }
}

/** Declared paths as Node's permission model wants them; what lies behind a link leads elsewhere and is left out. */
async function granted(workFolder: string, paths: readonly string[]): Promise<string[]> {
  const root = await realpath(workFolder);
  const found = await Promise.all(
    paths.map(async (path) => {
      const at = resolve(root, path.replace(/\/\*\*$/, ''));
      const real = await realpath(at).catch(() => at);
      return real === at ? [path.endsWith('/**') ? join(at, '*') : at] : [];
    }),
  );
  return found.flat();
}

function outcomeOf(
  child: ChildProcess,
  start: StartMessage,
  context: ToolContext,
  callSeconds: number,
): Promise<ToolOutcome> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signalName) => {
      const how =
        signalName === 'SIGKILL'
          ? `was ended: it had ${callSeconds} s`
          : `ended by itself (${signalName ?? `exit code ${exitCode}`})`;
      resolve({
        ok: false,
        code: signalName === 'SIGKILL' ? 'TIMEOUT' : null,
        message: `The tool ${how} and gave no result.`,
      });
    });
    child.on('message', (raw) => {
      const parsed = ToolMessage.safeParse(raw);
      if (!parsed.success) return;
      const message = parsed.data;
      if (message.kind === 'result') resolve({ ok: true, output: message.output });
      else if (message.kind === 'failure') resolve({ ok: false, message: message.message, code: message.code ?? null });
      else void serve(message, context, (reply) => child.connected && child.send(reply));
    });
    child.send(start);
  });
}

async function serve(
  message: Exclude<ToolMessage, { kind: 'result' | 'failure' }>,
  context: ToolContext,
  answer: (reply: ReplyMessage) => void,
): Promise<void> {
  if (message.kind === 'log') return context.log(message.message, message.fields);
  if (message.kind === 'env') return recordRead(context, message.name);
  try {
    const value = message.kind === 'fetch' ? await serveFetch(context, message) : await serveFile(context, message);
    answer({ id: message.id, ok: true, value });
  } catch (error) {
    const code = error instanceof AegisError ? error.code : undefined;
    answer({ id: message.id, ok: false, message: error instanceof Error ? error.message : String(error), code });
  }
}

function recordRead(context: ToolContext, name: string): void {
  try {
    context.env(name);
  } catch {
    // Recorded as denied; the tool got its error in its own process.
  }
}

async function serveFile(
  context: ToolContext,
  { verb, path, content }: Extract<ToolMessage, { kind: 'file' }>,
): Promise<unknown> {
  if (verb === 'write') return context.files.write(path, content ?? '');
  return context.files[verb](path);
}

async function serveFetch(context: ToolContext, asked: Extract<ToolMessage, { kind: 'fetch' }>): Promise<FetchReply> {
  const { url, method, headers, body, redirect } = asked;
  const response = await context.fetch(url, {
    method,
    headers,
    redirect,
    ...(body === null ? {} : { body: Uint8Array.from(body) }),
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > RESPONSE_BYTES_MAX) {
      throw new AegisError('PAYLOAD_TOO_LARGE', {
        detail: `${new URL(url).host} answered more than ${RESPONSE_BYTES_MAX} bytes.`,
      });
    }
    chunks.push(chunk);
  }
  const { status, statusText } = response;
  return {
    url: response.url || url,
    status,
    statusText,
    headers: plainHeaders(response.headers),
    body: Buffer.concat(chunks),
  };
}

/** The body is decoded already, so what described its coding is no longer true. */
function plainHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => name !== 'content-encoding' && name !== 'content-length');
}
