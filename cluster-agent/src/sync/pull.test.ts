import { rm } from 'node:fs/promises';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Adopted, readAdopted } from '../adopted.ts';
import { makeKey } from '../identity.ts';
import { createKeyring } from '../keyring.ts';
import { statePaths } from '../paths.ts';
import { connectRegistry, requestEnrolment } from '../registry.ts';
import { seededId, UNSIGNED } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { clusterId, makeRegistryKey, signedBy, signJws } from '../testing/identity.ts';
import { recordedLog } from '../testing/log.ts';
import { startTestRegistry, type TestRegistry } from '../testing/registry.ts';
import { signedDocument } from '../testing/signed.ts';
import { openCursor } from './cursor.ts';
import { type Contact, pull } from './pull.ts';

const ACME = seededId('tenant', 1);
const GLOBEX = seededId('tenant', 2);

interface Agent {
  server: TestRegistry;
  stateDir: string;
  /** Every state that was put into effect, as `tenant@revision`; refused ones as `tenant!revision`. */
  applied: string[][];
  rejected: string[];
  contacts: Contact[];
  /** What the next applies answer; true when empty. */
  outcomes: (boolean | Error)[];
  current: () => Adopted | null;
  cursor: () => Promise<{ epoch: number; sequence: number } | null>;
  stop: () => Promise<void>;
}

/** An agent's sync loop against a registry that runs; `waitSeconds` 0 makes it ask again at once. */
async function start(
  server: TestRegistry,
  {
    stateDir,
    waitSeconds = 20,
    clock = Date.now,
  }: { stateDir?: string; waitSeconds?: number; clock?: () => number } = {},
): Promise<Agent> {
  const folder = stateDir ?? (await temporaryFolder());
  const paths = statePaths(folder);
  const key = await makeKey(paths);
  const { joinToken } = server;
  await requestEnrolment(server, {
    joinToken,
    publicKey: key.publicKey,
    bootId: seededId('boot', 1),
    agentVersion: '0.1.0',
  });
  const identity = { clusterId: clusterId(), key, keys: server.keys };
  let current = await readAdopted(paths, identity);
  const stop = new AbortController();
  const agent: Omit<Agent, 'stop'> = {
    server,
    stateDir: folder,
    applied: [],
    rejected: [],
    contacts: [],
    outcomes: [],
    current: () => current,
    cursor: async () => (await openCursor(paths.cursor)).position,
  };
  const registry = connectRegistry({ url: server.url, identity, clock });
  const running = pull(
    {
      registry,
      paths,
      clusterId: identity.clusterId,
      keyring: createKeyring({
        pinned: { keys: [...server.keys.keys] },
        fetchKeys: registry.keys,
        store: async () => undefined,
        clock,
        log: recordedLog().log,
      }),
      cursor: await openCursor(paths.cursor),
      waitSeconds,
      current: () => current,
      apply: async (adopted) => {
        current = adopted;
        agent.applied.push(
          adopted.tenants.map(
            ({ tenantId, enforced, refused }) =>
              `${tenantId === ACME ? 'acme' : 'globex'}@${enforced?.revision ?? 'none'}${refused === null ? '' : `!${refused.revision}`}`,
          ),
        );
        const outcome = agent.outcomes.shift() ?? true;
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
      onRejected: (error) => agent.rejected.push(`${error.code} ${error.meta?.reason ?? ''}`.trim()),
      onContact: (contact) => agent.contacts.push(contact),
      clock,
      random: () => 0,
      log: recordedLog().log,
    },
    stop.signal,
  );
  const end = async () => {
    stop.abort();
    await running;
  };
  onTestFinished(end);
  return { ...agent, stop: end };
}

const until = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const asks = ({ requests }: TestRegistry, what: string) => requests.filter((request) => request.includes(what)).length;
const revision = (document: TenantDocument, next: number): TenantDocument => ({ ...document, revision: next });

async function published() {
  const server = await startTestRegistry();
  const acme = await signedDocument(server.approvalKey);
  await server.publish(acme);
  return { server, acme };
}

describe('following the desired state', () => {
  it('adopts what it finds, stores it, and moves the cursor after it was applied', async () => {
    const { server } = await published();
    const agent = await start(server);
    await until(() => expect(agent.applied).toEqual([['acme@7']]));
    await until(async () => expect(await agent.cursor()).toEqual({ epoch: 1, sequence: 1 }));
    expect(
      (await readAdopted(statePaths(agent.stateDir), { clusterId: clusterId(), keys: server.keys }))?.sequence,
    ).toBe(1);
  });

  it('hears of a change while it waits, and fetches no document that it has', async () => {
    const { server, acme } = await published();
    const globex = await signedDocument(server.approvalKey, { tenantId: GLOBEX });
    const agent = await start(server);
    await until(() => expect(asks(server, '/state?wait=20')).toBe(1));
    await server.publish(revision(acme, 8), globex);
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@8', 'globex@7']));
    await until(() => expect(asks(server, '/state?wait=20')).toBe(2));
    await server.publish(revision(acme, 9), globex);
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@9', 'globex@7']));
    expect(asks(server, '/tenants/')).toBe(4);
  });

  it('does nothing when there is nothing new', async () => {
    const { server } = await published();
    const agent = await start(server, { waitSeconds: 0 });
    await until(() => expect(agent.contacts.length).toBeGreaterThan(20));
    expect(agent.applied).toHaveLength(1);
    expect(agent.contacts.every(({ failures }) => failures === 0)).toBe(true);
  });

  it('reads the whole state again every ten minutes, so that the doorbell may be lost', async () => {
    const { server } = await published();
    let nowMs = Date.now();
    const agent = await start(server, { waitSeconds: 0, clock: () => nowMs });
    // Not only applied: the whole read has ended.
    await until(() => expect(agent.contacts).not.toEqual([]));
    nowMs += 599_000;
    const before = asks(server, '/state');
    await until(() => expect(asks(server, '/state')).toBeGreaterThan(before + 3));
    expect(agent.applied).toHaveLength(1);
    nowMs += 1000;
    await until(() => expect(agent.applied).toHaveLength(2));
    expect(agent.applied.at(-1)).toEqual(['acme@7']);
  });
});

describe('the cursor moves only after the effect', () => {
  it.each<[what: string, outcome: boolean | Error]>([
    ['when not all of it could be applied', false],
    ['when applying throws', new Error('disk full')],
  ])('%s it stays, and the same state is tried again', async (_, outcome) => {
    const { server, acme } = await published();
    const agent = await start(server);
    await until(async () => expect(await agent.cursor()).toEqual({ epoch: 1, sequence: 1 }));
    agent.outcomes.push(outcome);
    await server.publish(revision(acme, 8));
    await until(() => expect(agent.applied).toHaveLength(2));
    expect(await agent.cursor()).toEqual({ epoch: 1, sequence: 1 });
    await until(async () => expect(await agent.cursor()).toEqual({ epoch: 1, sequence: 2 }));
    expect(agent.applied).toEqual([['acme@7'], ['acme@8'], ['acme@8']]);
  });

  it('and a process that dies between storing and applying finishes the newer state, never the older', async () => {
    const { server, acme } = await published();
    const first = await start(server);
    await until(async () => expect(await first.cursor()).toEqual({ epoch: 1, sequence: 1 }));
    first.outcomes.push(...Array.from({ length: 9 }, () => new Error('killed')));
    await server.publish(revision(acme, 8));
    await until(() => expect(first.applied.length).toBeGreaterThan(1));
    await first.stop();
    const second = await start(server, { stateDir: first.stateDir });
    expect(second.current()?.sequence).toBe(2);
    await until(async () => expect(await second.cursor()).toEqual({ epoch: 1, sequence: 2 }));
  });
});

describe('what is never adopted', () => {
  const later = { issuedAt: new Date(0).toISOString(), expiresAt: new Date(1).toISOString() };
  it.each<[what: string, forge: (server: TestRegistry) => TestRegistry['forge'], expected: string]>([
    ['an expired state', () => (state) => ({ ...state, ...later }), 'STATE_REJECTED expired'],
    ['an older state', () => (state) => ({ ...state, epoch: 0 }), 'STATE_REJECTED rollback'],
    [
      'a state of another cluster',
      () => (state) => ({ ...state, clusterId: clusterId(2) }),
      'STATE_REJECTED other_cluster',
    ],
    ['a state of a newer version', () => (state) => ({ ...state, v: 2 }), 'STATE_REJECTED unknown_version'],
    [
      'a state signed by the approval key',
      (server) => (state) => signJws(state, server.approvalKey),
      'SIGNATURE_INVALID',
    ],
    [
      'a state signed by a stranger',
      () => async (state) => signJws(state, await makeRegistryKey('state')),
      'SIGNATURE_INVALID',
    ],
    ['garbage', () => async () => 'a.b.c', 'SIGNATURE_INVALID'],
  ])('%s: the adopted one stays, the reason is told, and the next good one is taken', async (_, forge, expected) => {
    const { server, acme } = await published();
    const agent = await start(server);
    await until(async () => expect(await agent.cursor()).toEqual({ epoch: 1, sequence: 1 }));
    server.forge = forge(server);
    await server.publish(revision(acme, 8));
    await until(() => expect(agent.rejected).toContain(expected));
    expect(agent.current()?.tenants[0]?.enforced?.revision).toBe(7);
    expect(await agent.cursor()).toEqual({ epoch: 1, sequence: 1 });
    server.forge = (state) => state;
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@8']));
    await until(() => expect(agent.contacts.at(-1)).toEqual({ failures: 0, error: null }));
  });

  it('an older state, also right after a restart that lost everything but the cursor', async () => {
    const { server, acme } = await published();
    await server.publish(acme);
    const first = await start(server);
    await until(async () => expect(await first.cursor()).toEqual({ epoch: 1, sequence: 2 }));
    await first.stop();
    await rm(statePaths(first.stateDir).adopted);
    server.position = { epoch: 1, sequence: 1 };
    const second = await start(server, { stateDir: first.stateDir });
    await until(() => expect(second.rejected).toEqual(['STATE_REJECTED rollback']));
    expect(second.applied).toEqual([]);
  });
});

describe('a registry that changes its keys', () => {
  it('is followed by what the pinned keys signed: states and approvals of the new ones hold, those of the old still do', async () => {
    const { server, acme } = await published();
    const agent = await start(server);
    await until(() => expect(agent.applied).toHaveLength(1));
    const state = await signedBy(await makeRegistryKey('state'), server.stateKey);
    const approval = await signedBy(await makeRegistryKey('approval'), server.approvalKey);
    server.stateKey = state;
    server.keys = { keys: [approval.publicKey, state.publicKey] };
    await server.publish(revision(acme, 8), await signedDocument(approval, { tenantId: GLOBEX }));
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@8', 'globex@7']));
    expect(agent.rejected).toEqual([]);
  });

  it('to some that no pinned one signed is not', async () => {
    const { server, acme } = await published();
    const agent = await start(server);
    await until(() => expect(agent.applied).toHaveLength(1));
    server.stateKey = await makeRegistryKey('state');
    server.keys = { keys: [server.stateKey.publicKey] };
    await server.publish(revision(acme, 8));
    await until(() => expect(agent.rejected).toContain('SIGNATURE_INVALID'));
    expect(agent.current()?.tenants[0]?.enforced?.revision).toBe(7);
  });
});

describe('one tenant’s document', () => {
  it('that opens more than was approved is refused: that tenant keeps its last good one, the others go on', async () => {
    const { server, acme } = await published();
    const globex = await signedDocument(server.approvalKey, { tenantId: GLOBEX });
    const agent = await start(server);
    await until(() => expect(agent.applied).toHaveLength(1));
    const [first] = acme.agents;
    const [entry] = first?.allow ?? [];
    if (first === undefined || entry === undefined) throw new Error('no destination');
    await server.publish(
      { ...acme, revision: 8, agents: [{ ...first, allow: [entry, { ...entry, host: 'evil.example.com' }] }] },
      globex,
    );
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@7!8', 'globex@7']));
    expect(agent.current()?.tenants[0]?.refused?.error).toContain('evil.example.com:443');
    // Final: asking for it again would not help, so the cursor moves and nothing is hammered.
    await until(async () => expect(await agent.cursor()).toEqual({ epoch: 1, sequence: 2 }));
    await server.publish(revision(acme, 9), globex);
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@9', 'globex@7']));
  });

  it('with an approval that nobody signed is refused, and a tenant without a good one enforces nothing of it', async () => {
    const server = await startTestRegistry();
    const acme = await signedDocument(server.approvalKey);
    await server.publish({ ...acme, installs: acme.installs.map((install) => ({ ...install, approval: UNSIGNED })) });
    const agent = await start(server);
    await until(() => expect(agent.applied).toEqual([['acme@none!7']]));
  });

  it('that comes with other bytes, or not at all, is asked for again while the others are applied', async () => {
    const { server, acme } = await published();
    const globex = await signedDocument(server.approvalKey, { tenantId: GLOBEX });
    const agent = await start(server);
    await until(() => expect(agent.applied).toHaveLength(1));
    let faults = 2;
    server.fault = (request) =>
      request.includes('/tenants/') && faults-- > 0 ? { status: 200, body: { other: 'bytes' } } : undefined;
    await server.publish(revision(acme, 8), globex);
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@8', 'globex@7']));
    expect(agent.applied[1]).toEqual(['acme@7!8', 'globex@none!7']);
    expect(agent.contacts.some(({ error }) => error instanceof AegisError && error.code === 'DIGEST_MISMATCH')).toBe(
      true,
    );
  });

  it('that was replaced before it could be fetched is not called a failure of the tenant', async () => {
    const { server, acme } = await published();
    const agent = await start(server);
    await until(() => expect(agent.applied).toHaveLength(1));
    let replaced = 1;
    server.fault = (request) =>
      request.includes('/tenants/') && replaced-- > 0
        ? { status: 404, body: { type: '', title: '', status: 404, code: 'NOT_FOUND' } }
        : undefined;
    await server.publish(revision(acme, 8));
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@8']));
    expect(agent.applied.flat().filter((tenant) => tenant.includes('!'))).toEqual([]);
  });

  it('of a tenant that left the cluster is gone, also from the disk', async () => {
    const { server } = await published();
    const agent = await start(server);
    await until(() => expect(agent.applied).toHaveLength(1));
    await server.publish();
    await until(() => expect(agent.applied.at(-1)).toEqual([]));
  });
});

describe('a registry that fails', () => {
  it.each<[what: string, fault: ReturnType<TestRegistry['fault']>]>([
    ['drops connections', 'drop'],
    ['answers garbage', 'garbage'],
    ['answers 500', { status: 500, body: { type: '', title: 'x', status: 500, code: 'INTERNAL' } }],
    ['is behind a gateway that answers a page', { status: 502, headers: { 'content-type': 'text/html' } }],
    ['redirects to a sign-in page', { status: 302, headers: { location: 'http://127.0.0.1:1/login' } }],
    [
      'no longer knows the cluster',
      { status: 401, body: { type: '', title: 'x', status: 401, code: 'UNAUTHENTICATED' } },
    ],
    [
      'speaks a wire that this agent is too old for',
      {
        status: 426,
        body: { type: '', title: 'x', status: 426, code: 'CLIENT_OUTDATED', detail: 'Upgrade aegis-agent.' },
      },
    ],
  ])('that %s changes nothing of what is adopted, and is found again', async (_, fault) => {
    const { server, acme } = await published();
    const agent = await start(server, { waitSeconds: 0 });
    await until(() => expect(agent.applied).toHaveLength(1));
    server.fault = () => fault;
    await until(() => expect(agent.contacts.at(-1)?.failures).toBeGreaterThan(0));
    await server.publish(revision(acme, 8));
    expect(agent.current()?.sequence).toBe(1);
    server.fault = () => undefined;
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@8']));
  });

  it('that is away and comes back is found again without a restart of the agent', async () => {
    const { server, acme } = await published();
    const agent = await start(server, { waitSeconds: 1 });
    await until(() => expect(agent.applied).toHaveLength(1));
    await server.stop();
    await until(() => expect(agent.contacts.at(-1)?.failures).toBeGreaterThan(0));
    await server.start();
    await server.publish(revision(acme, 8));
    await until(() => expect(agent.applied.at(-1)).toEqual(['acme@8']));
  });
});
