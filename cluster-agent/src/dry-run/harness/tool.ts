// The program of the tool's own process: an unprivileged user in a sandbox, traced from outside. It enforces nothing; what
// a tool does is seen in its system calls and compared with the manifest later.
import { closeSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { RunConfig, ToolMessage } from './messages.ts';

const CHANNEL = 3;
type Start = Pick<RunConfig, 'nonce' | 'module' | 'exportName' | 'params' | 'declaredEnvironment' | 'limits'>;

const start: Start = JSON.parse(await readAll());
touchCanary(start.nonce);
let isOver = false;
try {
  const members: Record<string, unknown> = await import(pathToFileURL(start.module).href);
  const handler = members[start.exportName];
  if (typeof handler !== 'function') throw new Error(`${start.module} exports no function called ${start.exportName}`);
  const output: unknown = await handler(start.params, context());
  finish({ kind: 'result', output: output === undefined ? null : output });
} catch (error) {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  finish({ kind: 'failure', message: error instanceof Error ? error.message : String(error), code });
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Known actions, just before the first line of the tool: whoever reads the trace must find them in exactly this form. */
function touchCanary(nonce: string): void {
  try {
    openSync(`/canary/${nonce}`, 'r');
  } catch {
    // It is not there; the trace must say so.
  }
  // Through a link: the trace must show the file behind it, as it was opened.
  closeSync(openSync(`/run/canary-${nonce}`, 'r'));
}

function context() {
  return {
    fetch: globalThis.fetch,
    files: {
      read: (path: string) => readFile(path, 'utf8'),
      write: (path: string, content: string) => writeFile(path, content),
      list: (path: string) => readdir(path),
      remove: (path: string) => rm(path),
    },
    env(name: string): string | undefined {
      tell({ kind: 'env', name: String(name) });
      return process.env[name];
    },
    log: (message: string, fields?: Record<string, unknown>) =>
      tell({ kind: 'log', message: String(message), ...(fields === undefined ? {} : { fields }) }),
    signal: AbortSignal.timeout(start.limits.callMs),
  };
}

/** Says how it ended, and leaves what the tool left running a moment to show itself. */
function finish(message: ToolMessage): void {
  if (isOver) return;
  isOver = true;
  tell(message);
  setTimeout(() => process.exit(0), start.limits.graceMs).unref();
}

function tell(message: ToolMessage): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < line.length; ) {
    try {
      at += writeSync(CHANNEL, line, at);
    } catch (error) {
      // The harness reads as fast as it can.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}
