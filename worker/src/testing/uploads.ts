import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createApp } from '../app.ts';
import type { Env } from '../env.ts';

/** A multipart body by hand, so that tests can break it. */
export function form(parts: Record<string, Uint8Array | string>): { body: Uint8Array<ArrayBuffer>; type: string } {
  const text = new TextEncoder();
  const chunks = Object.entries(parts).flatMap(([name, value]) => [
    text.encode(`--edge\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n`),
    typeof value === 'string' ? text.encode(value) : value,
    text.encode('\r\n'),
  ]);
  const bytes = [...chunks, text.encode('--edge--\r\n')];
  const body = new Uint8Array(bytes.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of bytes) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return { body, type: 'multipart/form-data; boundary=edge' };
}

/** A request straight into the app, so that headers may lie and bindings may fail. */
export async function sendUpload(
  headers: Record<string, string>,
  body: BodyInit | null,
  bindings: Env = env,
): Promise<Response> {
  const execution = createExecutionContext();
  const request = new Request('http://localhost:8788/api/skills/private/upload', {
    method: 'POST',
    headers,
    body,
  });
  const answer = await createApp().fetch(request, bindings, execution);
  await waitOnExecutionContext(execution);
  return answer;
}

/** Sends a package with a key. */
export async function publishWith(secret: string, bytes: Uint8Array, bindings: Env = env): Promise<Response> {
  const { body, type } = form({ file: bytes });
  const headers = { authorization: `Bearer ${secret}`, 'content-type': type, 'content-length': String(body.length) };
  return await sendUpload(headers, body, bindings);
}

/** The real bindings, of which the nth call fails: `batch` of D1, `put` of R2. */
export function failing(fault: {
  batch?: number;
  put?: number;
  prepare?: RegExp;
  /** Fail after the batch has committed: the answer is lost, the rows are not. */
  after?: boolean;
  beforeBatch?: number;
  run?: () => Promise<void>;
}): Env {
  let batches = 0;
  let puts = 0;
  const DB = new Proxy(env.DB, {
    get(target, key) {
      if (key === 'batch') {
        return async (statements: D1PreparedStatement[]) => {
          batches += 1;
          if (batches === fault.beforeBatch) await fault.run?.();
          if (batches === fault.batch && fault.after !== true) throw new Error('killed');
          const results = await target.batch(statements);
          if (batches === fault.batch) throw new Error('killed');
          return results;
        };
      }
      if (key === 'prepare') {
        return (sql: string) => {
          if (fault.prepare?.test(sql)) throw new Error('killed');
          return target.prepare(sql);
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const ARTIFACTS = new Proxy(env.ARTIFACTS, {
    get(target, key) {
      if (key === 'put') {
        return async (...args: Parameters<R2Bucket['put']>) => {
          puts += 1;
          if (puts === fault.put) throw new Error('killed');
          return await target.put(...args);
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...env, DB, ARTIFACTS };
}
