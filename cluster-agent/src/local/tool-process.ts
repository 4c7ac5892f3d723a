import { pathToFileURL } from 'node:url';
import type { FetchReply, ReplyMessage, StartMessage, ToolMessage } from './tool-messages.ts';

// The program of a tool's own process. It runs under Node's permission model and may read this file and the package,
// so it imports nothing of ours but types; everything a tool asks for goes to the agent as a message.

type Asked = Omit<Extract<ToolMessage, { kind: 'fetch' }>, 'id'> | Omit<Extract<ToolMessage, { kind: 'file' }>, 'id'>;

const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
let lastId = 0;

process.once('message', (start: StartMessage) => {
  process.on('message', settle);
  void run(start);
});

async function run({ module, exportName, params, environment, declaredEnvironment }: StartMessage): Promise<void> {
  const context = {
    fetch: askedFetch,
    files: {
      read: (path: string) => ask({ kind: 'file', verb: 'read', path }),
      write: (path: string, content: string) => ask({ kind: 'file', verb: 'write', path, content }),
      list: (path: string) => ask({ kind: 'file', verb: 'list', path }),
      remove: (path: string) => ask({ kind: 'file', verb: 'remove', path }),
    },
    env(name: string): string | undefined {
      tell({ kind: 'env', name: String(name) });
      if (declaredEnvironment.includes(name)) return environment[name];
      throw coded(
        `Reading the environment variable ${name} was refused: the manifest does not declare it.`,
        'PERMISSION_DENIED',
      );
    },
    log: (message: string, fields?: Record<string, unknown>) =>
      tell({ kind: 'log', message: String(message), ...(fields ? { fields } : {}) }),
    // The time limit ends this process, so nothing has to be told earlier.
    signal: new AbortController().signal,
  };
  // A plain `fetch` counts the same as the context's; what else reaches the network is taken away.
  globalThis.fetch = askedFetch;
  Reflect.deleteProperty(globalThis, 'WebSocket');
  Reflect.deleteProperty(globalThis, 'EventSource');
  Object.assign(process.env, environment);
  try {
    const exports: Record<string, unknown> = await import(pathToFileURL(module).href);
    const handler = exports[exportName];
    if (typeof handler !== 'function')
      throw coded(`${module} exports no function called ${exportName}.`, 'MANIFEST_INVALID');
    const output: unknown = await handler(params, context);
    // As the agent gets it: after one trip through JSON.
    const text = JSON.stringify(output);
    tell({ kind: 'result', output: text === undefined ? null : JSON.parse(text) });
  } catch (error) {
    const code =
      error instanceof Error && 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
    tell({ kind: 'failure', message: error instanceof Error ? error.message : String(error), ...code });
  }
}

async function askedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
  const { url, method, redirect } = request;
  const reply = (await ask({
    kind: 'fetch',
    url,
    method,
    redirect,
    headers: [...request.headers],
    body,
  })) as FetchReply;
  const empty = reply.status === 101 || reply.status === 204 || reply.status === 205 || reply.status === 304;
  const response = new Response(empty ? null : Uint8Array.from(reply.body), {
    status: reply.status,
    statusText: reply.statusText,
    headers: reply.headers,
  });
  Object.defineProperty(response, 'url', { value: reply.url });
  return response;
}

function ask(asked: Asked): Promise<unknown> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    tell({ ...asked, id });
  });
}

function settle(reply: ReplyMessage): void {
  const asked = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.ok) asked?.resolve(reply.value);
  else asked?.reject(coded(reply.message, reply.code));
}

function tell(message: ToolMessage): void {
  process.send?.(message);
}

function coded(message: string, code: string | undefined): Error {
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}
