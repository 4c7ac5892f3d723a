import { z } from 'zod';

/** What a tool's process is told once, at its start. */
export interface StartMessage {
  /** Absolute path of the module. */
  module: string;
  /** `default`, or the name behind the `#` of the handler. */
  exportName: string;
  params: Record<string, unknown>;
  /** The declared variables that are set. */
  environment: Record<string, string>;
  declaredEnvironment: string[];
}

const Headers = z.array(z.tuple([z.string(), z.string()]));

/** What a tool's process asks for. It is not believed in anything: every request is decided on this side. */
export const ToolMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fetch'),
    id: z.int(),
    url: z.string(),
    method: z.string(),
    headers: Headers,
    body: z.instanceof(Uint8Array).nullable(),
    redirect: z.enum(['follow', 'error', 'manual']),
  }),
  z.object({
    kind: z.literal('file'),
    id: z.int(),
    verb: z.enum(['read', 'write', 'list', 'remove']),
    path: z.string(),
    content: z.string().optional(),
  }),
  /** Reading a variable is answered in the tool's process; here it is only recorded. */
  z.object({ kind: z.literal('env'), name: z.string() }),
  z.object({ kind: z.literal('log'), message: z.string(), fields: z.record(z.string(), z.unknown()).optional() }),
  z.object({ kind: z.literal('result'), output: z.unknown() }),
  z.object({ kind: z.literal('failure'), message: z.string(), code: z.string().optional() }),
]);
export type ToolMessage = z.infer<typeof ToolMessage>;

/** The answer to a `fetch` or `file` message of that id. */
export type ReplyMessage =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; message: string; code: string | undefined };

/** What a `fetch` message is answered with. */
export const FetchReply = z.object({
  url: z.string(),
  status: z.int(),
  statusText: z.string(),
  headers: Headers,
  body: z.instanceof(Uint8Array),
});
export type FetchReply = z.infer<typeof FetchReply>;
