// How fast a log of 100,000 events is filtered, verified and exported through the API, and what a change pays for its
// event. By hand only: `npm run bench audit [EVENTS]`. The events lie in the database as a registry writes them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyExport } from '@aegis/skill-sdk/audit-export';
import { newId } from '@aegis/skill-sdk/ids';
import { invitePeople } from '../scripts/demo-people.ts';
import { startStack } from '../scripts/stack.ts';

const EVENTS = Number(process.argv[2] ?? 100_000);
const PER_BATCH = 2500;
const TIMES = 40;
const DAYS = 90;
const DAY_MS = 86_400_000;
const ACTIONS = ['install:write', 'agent:write', 'skill:publish', 'member:invite', 'key:create', 'session:create'];

const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'));
const stack = await startStack({ stateDir: folder, dashboard: false, demo: true, rateLimitPerMinute: 10_000_000 });
try {
  const people = await invitePeople(stack.url, stack.secrets.setupToken);
  const { tenantId, owner } = people.tenants.acme;
  const cookie = await signIn(owner);
  const ask = async (path, init = {}) => {
    const answer = await fetch(`${stack.url}${path}`, {
      ...init,
      headers: { cookie, origin: stack.url, ...init.headers },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return await answer.text();
  };
  const about = `tenantId=${tenantId}`;
  const { DB } = await stack.bindings();
  await timed(`${EVENTS} events written`, () => fill(DB, tenantId, owner));
  await timed('every event in its place, signed', () => ask(`/api/audit-logs/checkpoint?${about}`));
  await measurePages(ask, about);
  await measureWhole(ask, about, tenantId);
  await measureOverhead(DB, tenantId);
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function signIn({ email, password }) {
  const answer = await fetch(`${stack.url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stack.url },
    body: JSON.stringify({ email, password }),
  });
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

/** Events of 90 days, one in a thousand critical, in the order of their moments. */
async function fill(DB, tenantId, owner) {
  const end = Date.now() - DAY_MS;
  for (let start = 0; start < EVENTS; start += PER_BATCH) {
    const rows = Array.from({ length: Math.min(PER_BATCH, EVENTS - start) }, (_, index) => {
      const at = start + index;
      const atMs = end - Math.floor(((EVENTS - at) * DAYS * DAY_MS) / EVENTS);
      const id = newId('audit', atMs, (bytes) => crypto.getRandomValues(bytes));
      return [
        id,
        ACTIONS[at % ACTIONS.length],
        `usr-${at % 97}`,
        `agt-${at % 499}`,
        at % 1000 === 0 ? 'critical' : 'info',
        atMs,
        at,
      ];
    });
    await DB.prepare(
      `insert into audit_events select value ->> 0, ?1, 1, value ->> 1, 'user', value ->> 2, ?2, null, value ->> 3, 'agent', value ->> 3,
       json_object('number', value ->> 6, 'note', 'a change of the bench'), json_object('state', 'before'), json_object('state', 'after'),
       value ->> 4, 'success', '192.0.2.1', 'bench', 'req-' || (value ->> 6), value ->> 5 from json_each(?3)`,
    )
      .bind(tenantId, owner.email, JSON.stringify(rows))
      .run();
  }
}

async function measurePages(ask, about) {
  const day = (ago) => new Date(Date.now() - ago * DAY_MS).toISOString();
  const filters = {
    'no filter': '',
    action: '&action=key:create',
    actor: '&actor=usr-42',
    target: '&targetId=agt-77',
    agent: '&agentId=agt-77',
    severity: '&severity=critical',
    'actor and severity': '&actor=usr-7&severity=critical',
    '30 days': `&from=${day(60)}&to=${day(30)}`,
    'a common word': '&q=change',
    'a rare word': `&q=req-${Math.floor(EVENTS / 10)}`,
    'a word that is nowhere': '&q=nowhere-at-all',
  };
  for (const [name, filter] of Object.entries(filters)) {
    const took = [];
    for (let time = 0; time < TIMES; time++) {
      const begun = performance.now();
      await ask(`/api/audit-logs?${about}&limit=50${filter}`);
      took.push(performance.now() - begun);
    }
    show(`page of 50, ${name}`, took);
  }
}

async function measureWhole(ask, about, tenantId) {
  const report = await timed('verify the whole log', () =>
    ask('/api/audit-logs/verify', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenantId }),
    }),
  );
  console.log(`  ${JSON.stringify(JSON.parse(report).integrity)} ${JSON.stringify(JSON.parse(report).completeness)}`);
  const from = new Date(Date.now() - DAY_MS - (DAYS * DAY_MS * 9_900) / EVENTS).toISOString();
  for (const format of ['csv', 'json', 'ndjson']) {
    const text = await timed(`export about 10,000 events as ${format}`, () =>
      ask(`/api/audit-logs/export?${about}&format=${format}&from=${from}`),
    );
    if (format !== 'ndjson') continue;
    const keys = JSON.parse(await ask('/.well-known/aegis/keys.json')).keys;
    const found = await timed('check that export offline', () => verifyExport(text, { keys }));
    console.log(`  ${found.events} events, ${found.integrity.ok ? 'intact' : 'broken'}, ${found.completeness.proved}`);
  }
}

/** One row beside its event, and the same row without. */
async function measureOverhead(DB, tenantId) {
  const values = (number) => [newId('audit', Date.now(), (bytes) => crypto.getRandomValues(bytes)), tenantId, number];
  const row = () => DB.prepare("insert into registry_meta (key, value) values (?, 'x')").bind(crypto.randomUUID());
  const event = (number) =>
    DB.prepare(
      "insert into audit_events values (?, ?, 1, 'agent:write', 'user', 'usr-1', 'Bench', null, null, 'agent', 'agt-1', json_object('number', ?), null, null, 'info', 'success', null, null, 'req-1', 1)",
    ).bind(...values(number));
  const took = { without: [], with: [] };
  for (let time = 0; time < TIMES * 5; time++) {
    for (const [name, batch] of [
      ['without', [row()]],
      ['with', [row(), event(time)]],
    ]) {
      const begun = performance.now();
      await DB.batch(batch);
      took[name].push(performance.now() - begun);
    }
  }
  show('a change without its event', took.without);
  show('a change with its event', took.with);
}

async function timed(what, work) {
  const begun = performance.now();
  const result = await work();
  console.log(`${what.padEnd(44)}${((performance.now() - begun) / 1000).toFixed(2).padStart(8)} s`);
  return result;
}

function show(what, took) {
  const sorted = took.toSorted((left, right) => left - right);
  const at = (part) => sorted[Math.floor(sorted.length * part)].toFixed(1);
  console.log(`${what.padEnd(44)}${`p50 ${at(0.5)} ms`.padStart(14)}${`p95 ${at(0.95)} ms`.padStart(14)}`);
}
