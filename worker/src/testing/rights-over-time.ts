import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test';
import type { TenantRole } from '@aegis/skill-sdk/actions';
import { expect, vi } from 'vitest';
import worker from '../index.ts';
import { createJob } from './jobs.ts';
import {
  accept,
  createKey,
  enrolCluster,
  makePair,
  type Person,
  person,
  type Send,
  signIn,
  type TestCluster,
  type World,
} from './world.ts';

/** What somebody may do as long as nobody takes it away. */
interface Right {
  name: string;
  /** Sends the request that needs it; answers the status. */
  use: () => Promise<number>;
  holds: () => boolean;
}

/** How long a right may be honoured after it was taken away (issue of the registry's promise: at most a second). */
const GONE_AFTER_MS = 1000;

export const STEPS = [
  'to member',
  'to author',
  'to tenant_admin',
  'leave and come back',
  'another key',
  'rotate key',
  'revoke key',
  'sign in again',
  'end session',
  'trust a job',
  'distrust jobs',
  'join cluster',
  'rotate cluster',
  'revoke cluster',
] as const;
export type Step = (typeof STEPS)[number];

/** Every step, in an order in which each has something to give or to take. */
export const EVERY_STEP: readonly Step[] = [
  'another key',
  'to tenant_admin',
  'rotate key',
  'join cluster',
  'trust a job',
  'to member',
  'rotate cluster',
  'sign in again',
  'revoke cluster',
  'end session',
  'revoke key',
  'another key',
  'distrust jobs',
  'leave and come back',
  'to author',
];

/** To an isolate that hears of nobody else's changes, and whose clock the test holds. */
const elsewhere: Send = async (url, init) => {
  const execution = createExecutionContext();
  const answer = await worker.fetch(new Request(url, init), env, execution);
  await waitOnExecutionContext(execution);
  return answer;
};

/** A person, what they and their programs may do, and the steps that give rights and take them. */
export async function createActor(world: World, name: string) {
  const { acme } = world;
  const rights: Right[] = [];
  const email = `${name}@acme.example`;
  const tenant = `/api/tenants/${acme.id}`;
  const state = { role: 'author' as TenantRole, joined: 0, jobs: 0, clusters: 0 };
  const keys: { id: string; alive: { yes: boolean } }[] = [];
  const sessions: { asOwner: Person; alive: { yes: boolean } }[] = [];
  const jobs: { publisherId: string; alive: { yes: boolean } }[] = [];
  const clusters: { cluster: TestCluster; key: TestCluster['key']; alive: { yes: boolean } }[] = [];
  const add = (what: string, use: Right['use'], holds: Right['holds']) => rights.push({ name: what, use, holds });

  const addSession = async () => {
    const here = await signIn(email);
    const there = await signIn(email, undefined, elsewhere);
    const since = state.joined;
    for (const one of [here, there]) {
      const alive = { yes: true };
      sessions.push({ asOwner: one, alive });
      const mine = person(one.id, email, one.headers, elsewhere);
      const lives = () => alive.yes && since === state.joined;
      add('a session reads its person', () => statusOf(mine, '/api/me'), lives);
      add(
        'an author reads trusted publishers',
        () => statusOf(mine, `${tenant}/publishers`),
        () => lives() && state.role !== 'member',
      );
      add(
        'a tenant admin reads invitations',
        () => statusOf(mine, `${tenant}/invitations`),
        () => lives() && state.role === 'tenant_admin',
      );
    }
  };
  const latest = <T extends { alive: { yes: boolean } }>(all: T[]) => all.findLast(({ alive }) => alive.yes);
  const self = () => latest(sessions)?.asOwner;
  const addKey = (id: string, headers: Record<string, string>) => {
    const alive = { yes: true };
    const since = state.joined;
    keys.push({ id, alive });
    const mine = person(id, '', headers, elsewhere);
    add(
      'a key reads agents',
      () => statusOf(mine, `${tenant}/agents`),
      () => alive.yes && since === state.joined,
    );
  };
  const addCluster = (cluster: TestCluster, key: TestCluster['key'], alive: { yes: boolean }) => {
    clusters.push({ cluster, key, alive });
    const use = async () => {
      const headers = { authorization: `Bearer ${await cluster.credential(key)}` };
      return await statusOf(person('', '', headers, elsewhere), `/api/clusters/${cluster.id}/state`);
    };
    add('a cluster reads its state', use, () => alive.yes);
  };
  const setRole = async (role: 'member' | 'author' | 'tenant_admin') => {
    await acme.owner.json(`${tenant}/members/${self()?.id}`, { method: 'PUT', body: { role } });
    state.role = role;
  };

  const steps: Record<Step, () => Promise<void>> = {
    'to member': () => setRole('member'),
    'to author': () => setRole('author'),
    'to tenant_admin': () => setRole('tenant_admin'),
    'leave and come back': async () => {
      await acme.owner.json(`${tenant}/members/${self()?.id}`, { method: 'DELETE' });
      // From now on nothing from before lives: neither sessions nor keys, also when they are invited again.
      state.joined++;
      for (const { alive } of [...sessions, ...keys]) alive.yes = false;
      await join();
    },
    'another key': async () => {
      const owner = self();
      if (owner === undefined) return;
      const key = await createKey(owner, acme.id, { scopes: ['agent:read'] });
      addKey(key.id, key.headers);
    },
    'rotate key': async () => {
      const [key, owner] = [latest(keys), self()];
      if (key === undefined || owner === undefined) return;
      const ask = { method: 'POST', body: { overlapHours: 0 } };
      const { secret } = await owner.json<{ secret: string }>(`${tenant}/keys/${key.id}/rotation`, ask);
      key.alive.yes = false;
      addKey(key.id, { authorization: `Bearer ${secret}` });
    },
    'revoke key': async () => {
      const [key, owner] = [latest(keys), self()];
      if (key === undefined || owner === undefined) return;
      await owner.json(`${tenant}/keys/${key.id}`, { method: 'DELETE' });
      for (const one of keys) if (one.id === key.id) one.alive.yes = false;
    },
    'sign in again': addSession,
    'end session': async () => {
      const owner = self();
      if (owner === undefined) return;
      await owner.json('/api/account/sessions', { method: 'DELETE' });
      for (const one of sessions) if (one.asOwner !== owner) one.alive.yes = false;
    },
    'trust a job': async () => {
      const job = await createJob(acme.owner, acme.id, `${name}-${++state.jobs}`);
      const alive = { yes: true };
      jobs.push({ publisherId: job.id, alive });
      const mine = person(job.id, '', job.headers, elsewhere);
      add(
        'a job asks who it is',
        () => statusOf(mine, '/api/me'),
        () => alive.yes,
      );
    },
    'distrust jobs': async () => {
      for (const { publisherId, alive } of jobs.filter((job) => job.alive.yes)) {
        await acme.owner.json(`${tenant}/publishers/${publisherId}`, { method: 'DELETE' });
        alive.yes = false;
      }
    },
    'join cluster': async () => {
      const cluster = await enrolCluster(world.admin, `${name}-${++state.clusters}`);
      addCluster(cluster, cluster.key, { yes: true });
    },
    'rotate cluster': async () => {
      const found = latest(clusters);
      if (found === undefined) return;
      const { cluster, key, alive } = found;
      const next = await makePair();
      const headers = { authorization: `Bearer ${await cluster.credential(key)}` };
      const proof = await cluster.prove(next, key.kid);
      await person('', '', headers).json(`/api/clusters/${cluster.id}/key`, {
        method: 'POST',
        body: { publicKey: next.publicKey, proof },
      });
      // The overlap of minutes is over.
      await env.DB.prepare('update clusters set previous_until_ms = 1 where id = ?').bind(cluster.id).run();
      alive.yes = false;
      addCluster(cluster, next, { yes: true });
    },
    'revoke cluster': async () => {
      const found = latest(clusters);
      if (found === undefined) return;
      const { cluster, key, alive } = found;
      const held = await holdPoll(cluster, key);
      await world.admin.json(`/api/admin/clusters/${cluster.id}`, { method: 'DELETE' });
      alive.yes = false;
      expect(await held(), 'an open poll of a revoked cluster').toBe(401);
    },
  };
  const join = async () => {
    const body = { email, role: 'author' };
    const { url } = await acme.owner.json<{ url: string }>(`${tenant}/invitations`, { method: 'POST', body });
    await accept(url, email, name);
    state.role = 'author';
    await addSession();
  };
  await join();
  return { steps, rights };
}

/** Runs the steps; a second after each, every right that holds works, and none that was taken away. Answers the checks made. */
export async function runSteps(world: World, name: string, sequence: readonly Step[]): Promise<number> {
  const { steps, rights } = await createActor(world, name);
  let checks = 0;
  for (const [index, step] of sequence.entries()) {
    await steps[step]();
    vi.setSystemTime(Date.now() + GONE_AFTER_MS);
    const found = await Promise.all(rights.map(async ({ use }) => (await use()) < 300));
    checks += found.length;
    const where = `${index + 1}. of ${sequence.join(', ')}`;
    const wrong = rights.filter(({ holds }, at) => holds() !== found[at]);
    expect(
      wrong.map(
        (right) => `${right.name}: ${right.holds() ? 'refused, though granted' : 'succeeded, though taken away'}`,
      ),
      where,
    ).toEqual([]);
  }
  return checks;
}

async function statusOf(caller: Person, path: string): Promise<number> {
  const answer = await caller.fetch(path);
  await answer.body?.cancel();
  return answer.status;
}

/** Opens a poll that would last 25 seconds by itself; what it answers, when it does. */
async function holdPoll(cluster: TestCluster, key: TestCluster['key']) {
  const path = `/api/clusters/${cluster.id}/state`;
  const as = async (more: Record<string, string>) =>
    person('', '', { authorization: `Bearer ${await cluster.credential(key)}`, ...more }, elsewhere);
  const etag = (await (await as({})).fetch(path)).headers.get('etag') ?? '';
  const poll = (await as({ 'if-none-match': etag })).fetch(`${path}?wait=25`);
  return async () => (await poll).status;
}
