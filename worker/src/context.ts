import { type Id, type IdKind, newId } from '@aegis/skill-sdk/ids';
import type { Log } from '@aegis/skill-sdk/log';
import type { Caller } from './auth.ts';
import type { Db, Statement } from './db.ts';
import type { Config, Env } from './env.ts';

/** A mail in plain words to one person. Its links are credentials: the text is kept encrypted, at most until they end. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  expiresAtMs: number;
}

/** A mail that is written: rows for the batch of what causes it, and what to do once they are stored. */
export interface Posted {
  rows: Statement[];
  send(): Promise<void>;
}

/** What a request may use; made once per request and handed down. */
export interface Context {
  env: Env;
  config: Config;
  db: Db;
  caller: Caller;
  /** Epoch ms, read once per request. */
  nowMs: number;
  requestId: string;
  ipAddress: string | null;
  userAgent: string | null;
  log: Log;
  newId<K extends IdKind>(kind: K): Id<K>;
  /** Null where nobody is sent mail. */
  mail(mail: Mail): Promise<Posted | null>;
}

/** Hono's environment of every room. */
export interface AppEnv {
  Bindings: Env;
  /** `hot` is the body of a good answer that the next same request may get as well. */
  Variables: { ctx: Context; requestId: string; hot?: string | Uint8Array<ArrayBuffer> };
}

export function randomBytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(bytes);
}

/** An id maker for one moment. */
export function idsAt(nowMs: number): Context['newId'] {
  return (kind) => newId(kind, nowMs, randomBytes);
}
