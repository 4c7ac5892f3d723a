import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import page from '../../docs/access-matrix.md?raw';
import { authOf } from './people/sign-in.ts';
import { type Ask, createSubjects, REQUESTS, type Subjects } from './testing/door-requests.ts';
import { DOORS, type Door, matrixPage, VISITORS, type VisitorName, verdictOf } from './testing/doors.ts';
import { EVERY_STEP, runSteps, STEPS } from './testing/rights-over-time.ts';
import type { Person } from './testing/world.ts';

let subjects: Subjects;
beforeAll(async () => {
  subjects = await createSubjects();
});

interface Document {
  paths: Record<string, Record<string, { security?: unknown }>>;
}

async function described(): Promise<Map<string, { security?: unknown }>> {
  const { paths } = await subjects.world.nobody.json<Document>('/api/openapi.json');
  return new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
}

async function askFor(door: Door, caller: Person): Promise<Ask> {
  const make = REQUESTS[door.route];
  if (make === undefined) throw new Error(`no request for ${door.route}`);
  return await make(subjects, caller);
}

async function send({ route }: Door, caller: Person, { path, ...init }: Ask): Promise<Response> {
  const [method = ''] = route.split(' ');
  return await caller.fetch(path, { method, ...init });
}

/** How an answer reads as a verdict; `pass` is anything that was judged for its own sake. */
function judged({ answers }: Door, status: number): string | number {
  if (answers !== undefined) return status === answers ? 'pass' : status;
  return status >= 500 || [401, 403, 404, 415].includes(status) ? status : 'pass';
}

describe('the matrix of rights (A66, A112, C37)', () => {
  test('has every route of the OpenAPI document, and no other', async () => {
    const routes = [...(await described()).keys()].sort();
    expect(DOORS.map(({ route }) => route).sort()).toEqual(routes);
    expect(Object.keys(REQUESTS).sort()).toEqual(routes);
  });

  test('a route takes no credential only where the table says that it is open', async () => {
    const open = [...(await described())].filter(([, { security }]) => security === undefined).map(([route]) => route);
    expect(open.sort()).toEqual(
      DOORS.filter(({ where }) => where === 'open')
        .map(({ route }) => route)
        .sort(),
    );
  });

  test('is the page in docs', () => {
    expect(page, 'run node --conditions=aegis-source worker/scripts/write-access-matrix.ts').toBe(matrixPage());
  });

  test.each(DOORS)('$route answers every kind of caller as the table of rights says', async (door) => {
    const names = Object.keys(VISITORS) as VisitorName[];
    const found: Record<string, unknown> = {};
    const done: string[] = [];
    const attempt = async (name: VisitorName) => {
      const caller = await subjects.visitors[name]();
      const answer = await send(door, caller, await askFor(door, caller));
      found[name] = judged(door, answer.status);
      if (answer.ok) done.push(answer.headers.get('x-request-id') ?? '');
      await answer.body?.cancel();
    };
    // Those who are refused come first, all at once: they must find everything as it was.
    await Promise.all(names.filter((name) => !passes(door, name)).map(attempt));
    for (const name of names.filter((one) => passes(door, one))) await attempt(name);
    expect(found).toEqual(Object.fromEntries(names.map((name) => [name, verdictOf(door, VISITORS[name])])));
    if (door.route.startsWith('GET ') || done.length === 0) return;
    // A change leaves its event, and what leaves none stands below with its reason (A243, A244).
    expect([door.route, (await countEvents(done)) === 0]).toEqual([door.route, door.route in CHANGES_NOTHING]);
  });
});

/** How many of these requests left an event. */
async function countEvents(requestIds: readonly string[]): Promise<number> {
  const row = await env.DB.prepare(
    'select count(distinct request_id) as requests from audit_events where request_id in (select value from json_each(?))',
  )
    .bind(JSON.stringify(requestIds))
    .first<{ requests: number }>();
  return row?.requests ?? 0;
}

/** Routes that answer well here without an event, and why. */
const CHANGES_NOTHING: Record<string, string> = {
  'POST /api/auth/passkey/options': 'a challenge',
  'POST /api/device/code': 'a code that nobody has granted anything yet',
  'POST /api/invitations/preview': 'reads what an invitation is for',
  'POST /api/clusters/{clusterId}/acks': 'what a cluster says of its state; what changes that is an event',
  'POST /api/clusters/{clusterId}/blocked': 'records of their own, thousands an hour',
  'POST /api/clusters/{clusterId}/dry-runs/claim': 'there is no run to take',
  'PATCH /api/admin/clusters/{clusterId}': 'asked for what is so already',
  'PATCH /api/tenants/{tenantId}': 'asked for what is so already',
  'PUT /api/tenants/{tenantId}/members/{userId}': 'asked for what is so already',
};

describe('an outsider learns nothing (A112)', () => {
  const about = DOORS.filter(({ where }) => where === 'tenant' || where === 'platform' || where === 'self');

  test.each(about)('$route: what is there and what is not answer alike', async (door) => {
    const stranger = subjects.world.globex.owner;
    const ask = await askFor(door, stranger);
    const [there, not] = [
      await send(door, stranger, ask),
      await send(door, stranger, { ...ask, path: absent(ask.path) }),
    ];
    expect(await shape(there)).toEqual(await shape(not));
  });

  test('without a credential every route is 401, whatever is sent', async () => {
    for (const door of DOORS.filter(({ where }) => where !== 'open')) {
      const [method = '', path = ''] = door.route.split(' ');
      const body = method === 'GET' ? undefined : { made: 'up' };
      const answer = await subjects.world.nobody.fetch(path, { method, ...(body === undefined ? {} : { body }) });
      expect([door.route, answer.status]).toEqual([door.route, 401]);
    }
  });

  test('of better-auth only the listed paths are reachable', async () => {
    const listed = new Set(DOORS.map(({ route }) => route));
    const offered = Object.values(authOf(env).api).flatMap(({ path }: { path?: string }) => path ?? []);
    expect(offered.length).toBeGreaterThan(20);
    for (const path of new Set([...offered, '/made-up'])) {
      for (const method of ['GET', 'POST']) {
        if (listed.has(`${method} /api/auth${path}`)) continue;
        for (const caller of [subjects.world.nobody, subjects.world.acme.author]) {
          const body = method === 'POST' ? {} : undefined;
          const answer = await caller.fetch(`/api/auth${path}`, { method, ...(body === undefined ? {} : { body }) });
          expect([method, path, answer.status]).toEqual([method, path, 404]);
        }
      }
    }
  });
});

describe('a right that was taken away (C37, X6)', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('opens nothing a second later, whatever was granted, changed, rotated and revoked before', {
    timeout: 3_600_000,
  }, async () => {
    const isFull = env.PROOF === 'full';
    let [runs, checks] = [0, 0];
    const sequences = fc.array(fc.constantFrom(...STEPS), { minLength: isFull ? 20 : 4, maxLength: isFull ? 30 : 5 });
    const property = fc.asyncProperty(sequences, async (sequence) => {
      checks += await runSteps(subjects.world, `walker-${++runs}`, sequence);
    });
    await fc.assert(property, { numRuns: isFull ? 40 : 1, seed: isFull ? Date.now() : 1, endOnFailure: true });
    // Every step once, in an order in which each has something to take away.
    checks += await runSteps(subjects.world, 'walker-all', EVERY_STEP);
    console.log(`rights over time: ${runs + 1} sequences, ${checks} checks`);
  });
});

function passes(door: Door, name: VisitorName): boolean {
  return verdictOf(door, VISITORS[name]) === 'pass';
}

/** The same path about things that do not exist. */
function absent(path: string): string {
  return path
    .replaceAll(/\b([a-z]{3})-[0-7][0-9a-hjkmnp-tv-z]{25}/g, '$1-01jd0000000000000000000000')
    .replaceAll(/sha256:[0-9a-f]{64}/g, `sha256:${'0'.repeat(64)}`);
}

/** Everything of an answer that could tell two cases apart. */
async function shape(answer: Response) {
  const { requestId: _, ...body } = await answer.json<Record<string, unknown>>();
  return { status: answer.status, headers: [...answer.headers.keys()].sort(), body };
}
