import { AegisError } from './errors.ts';
import type { ToolFiles } from './types.ts';

/** One answer that stands ready. A request is answered by the fixture with the same method and the same URL. */
export interface HttpFixture {
  /** Default: GET. */
  method?: string;
  /** Absolute; compared after `new URL`, so that the order of the query counts and the spelling of the host does not. */
  url: string;
  /** Default: 200. */
  status?: number;
  headers?: Record<string, string>;
  /** Text as it is; anything else is sent as JSON. */
  body?: unknown;
}

/** A request that passed the permissions. */
export interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A file system in memory behind `ToolFiles`; `list` gives the names of the children, folders with a slash behind. */
export function memoryFiles(initial: Readonly<Record<string, string>>): {
  adapter: ToolFiles;
  stored: Map<string, string>;
} {
  const stored = new Map(Object.entries(initial).map(([path, content]) => [path.replace(/^\.\//, ''), content]));
  const existing = (path: string): string => {
    const content = stored.get(path);
    if (content === undefined) throw new AegisError('NOT_FOUND', { detail: `There is no file ${path} in this test.` });
    return content;
  };
  const adapter: ToolFiles = {
    read: async (path) => existing(path),
    write: async (path, content) => {
      stored.set(path, content);
    },
    remove: async (path) => {
      existing(path);
      stored.delete(path);
    },
    list: async (path) => {
      const base = path === '.' ? '' : path === '/' ? '/' : `${path}/`;
      const below = [...stored.keys()].filter(
        (name) => name.startsWith(base) && (base !== '' || !name.startsWith('/')),
      );
      if (below.length === 0 && base !== '') {
        throw new AegisError('NOT_FOUND', { detail: `There is no folder ${path} in this test.` });
      }
      const children = below.map((name) => name.slice(base.length).replace(/\/.*$/, '/'));
      return [...new Set(children)].sort();
    },
  };
  return { adapter, stored };
}

/** Answers from fixtures: several for one request are used one after the other, the last of them again and again. */
export function fixtureFetch(fixtures: readonly HttpFixture[], run: { requests: SentRequest[]; unanswered: string[] }) {
  const left = [...fixtures];
  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const body = await request.text();
    run.requests.push({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body });
    const matches = left.filter(({ method = 'GET', url }) => method === request.method && href(url) === request.url);
    const [fixture] = matches;
    if (fixture === undefined) {
      run.unanswered.push(`${request.method} ${request.url}`);
      const known = fixtures.map(({ method = 'GET', url }) => `${method} ${url}`).join(', ') || 'none';
      throw new AegisError('NETWORK', {
        detail: `No fixture answers ${request.method} ${request.url}. The fixtures are: ${known}. Add one under "http".`,
      });
    }
    if (matches.length > 1) left.splice(left.indexOf(fixture), 1);
    return fixtureResponse(fixture);
  };
}

function fixtureResponse({ status = 200, headers, body }: HttpFixture): Response {
  const isText = typeof body === 'string';
  const all = new Headers(isText || body === undefined ? {} : { 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
  // The Fetch standard knows statuses that cannot have a body.
  const empty = body === undefined || [101, 204, 205, 304].includes(status);
  return new Response(empty ? null : isText ? body : JSON.stringify(body), { status, headers: all });
}

function href(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}
