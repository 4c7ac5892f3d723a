import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AegisError } from '../errors.ts';
import type { ToolContext, ToolHandler } from '../types.ts';
import { HANDLER_CHILD } from './python.ts';

/** What the handler's process asks for, and how it ends. */
type Message =
  | { kind: 'ask'; method: string; args: unknown[] }
  | { kind: 'done'; output: unknown }
  | { kind: 'failed'; error: { name: string; message: string; code: string | null; stack: string } };

export interface PythonHandler {
  python: string;
  /** Absolute path of the handler's file. */
  file: string;
  /** Name of the function in it. */
  name: string;
  /** The skill's folder: modules of the skill are found from it. */
  root: string;
  /** Decides about a connection that does not go through the context. @throws AegisError PERMISSION_DENIED */
  decideSocket(host: string, port: number): void;
}

/**
 * A Python function as a handler: each call is a process of its own, which has the context's functions and nothing of
 * their decisions. Those are made here, by the same context that a TypeScript handler gets.
 */
export function pythonHandler(options: PythonHandler): ToolHandler {
  return async (params, context) => {
    const { python, file, name, root } = options;
    const child = spawn(python, ['-B', HANDLER_CHILD], {
      env: { ...process.env, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const stop = () => child.kill('SIGKILL');
    context.signal.addEventListener('abort', stop);
    try {
      child.stdin.on('error', () => {
        // It has ended; how, its exit says.
      });
      send(child, { root, file, name, params });
      return await converse(child, context, options);
    } finally {
      context.signal.removeEventListener('abort', stop);
      stop();
    }
  };
}

async function converse(
  child: ChildProcess & { stdout: NodeJS.ReadableStream },
  context: ToolContext,
  options: PythonHandler,
): Promise<unknown> {
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const message: Message = JSON.parse(line);
    if (message.kind === 'done') return message.output;
    if (message.kind === 'failed') throw Object.assign(new Error(message.error.message), message.error);
    send(child, await answer(message, context, options));
  }
  const how = await ended;
  context.signal.throwIfAborted();
  throw new AegisError('VALIDATION_FAILED', { detail: `The handler ended its process (${how}) instead of returning.` });
}

async function answer(
  { method, args }: Extract<Message, { kind: 'ask' }>,
  context: ToolContext,
  options: PythonHandler,
) {
  try {
    return { value: (await use(method, args, context, options)) ?? null };
  } catch (error) {
    const code = error instanceof AegisError ? error.code : 'NETWORK';
    return { error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

async function use(method: string, args: unknown[], context: ToolContext, options: PythonHandler): Promise<unknown> {
  const [first, second] = args;
  const text = String(first);
  switch (method) {
    case 'fetch':
      return await fetchFor(context, args);
    case 'read':
      return await context.files.read(text);
    case 'write':
      return await context.files.write(text, String(second));
    case 'list':
      return await context.files.list(text);
    case 'remove':
      return await context.files.remove(text);
    case 'env':
      return context.env(text);
    case 'log':
      return context.log(text, isFields(second) ? second : undefined);
    case 'socket':
      return options.decideSocket(text, Number(second));
    default:
      throw new AegisError('INTERNAL', { detail: `the context has no ${method}` });
  }
}

async function fetchFor(context: ToolContext, [url, method, headers, body]: unknown[]) {
  const response = await context.fetch(String(url), {
    method: String(method),
    headers: headers as Record<string, string>,
    ...(typeof body === 'string' ? { body: Buffer.from(body, 'base64') } : {}),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(response.headers), body: bytes.toString('base64') };
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function send({ stdin }: ChildProcess, message: unknown): void {
  stdin?.write(`${JSON.stringify(message)}\n`);
}
