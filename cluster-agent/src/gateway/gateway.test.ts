import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildGatewayTools } from '../../../tools/gateway.ts';
import { seededId } from '../testing/documents.ts';
import {
  ACME,
  ASSISTANT,
  acme,
  DECLARED,
  GLOBEX,
  globex,
  noGateway,
  openWorld,
  podOf,
  type World,
} from '../testing/gateway-world.ts';
import { startTestRegistry, type TestRegistry } from '../testing/registry.ts';
import { TYPES } from '../testing/rig/dns-packet.ts';
import { DNS, GATEWAY, type Question, RESOLVER, type Rig, startRig } from '../testing/rig.ts';

/** Each opens namespaces and starts real programs, on a machine that may be busy. */
const WITHIN_MS = 90_000;
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 30_000, interval: 20 });
const FLOOD_WITHIN_MS = 600_000;
const PROGRAM = ['--conditions=aegis-source', fileURLToPath(new URL('../main.ts', import.meta.url))];
const POD = '10.77.2.1';
const OTHER = '10.77.2.3';

interface House {
  rig: Rig;
  registry: TestRegistry;
  world: World;
  stopAgent: () => Promise<void>;
  /** TLS to the gateway's address, as its DNS said, with that name. */
  tls: (name?: string, more?: Question) => Promise<Record<string, unknown>>;
}

/** The pods `assistant` of acme and `globex`, and a gateway that decides for them. */
async function open(change: (registry: TestRegistry) => Promise<void>): Promise<House> {
  const rig = await startRig();
  onTestFinished(() => rig.stop());
  const registry = await startTestRegistry();
  await change(registry);
  const world = await openWorld(rig, registry);
  await rig.addPod('assistant', POD);
  await rig.addPod('globex', OTHER);
  await world.writePods([podOf(ACME, 'assistant', POD), podOf(GLOBEX, 'assistant', OTHER)]);
  const stopAgent = await world.startAgent();
  onTestFinished(() => stopAgent().catch(() => undefined));
  await until(() => expect(existsSync(rig.files.config)).toBe(true));
  await rig.startDns();
  await rig.startHaproxy();
  const tls: House['tls'] = (name, more = {}) =>
    rig.pod('assistant', { do: 'tls', ip: GATEWAY, port: 443, ...(name === undefined ? {} : { name }), ...more });
  // It runs, and knows whose pod asks.
  await until(async () => expect(await decided(rig, 'assistant')).toMatch(/not_in_allowlist|name_not_found/));
  return { rig, registry, world, stopAgent, tls };
}

const http = (host: string, path = '/') => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

/** What the gateway answers a pod that asks for a host that no document names. */
async function decided(rig: Rig, pod: string): Promise<string> {
  return String((await rig.pod(pod, { do: 'http', ip: GATEWAY, port: 80, host: 'ready.test' })).said);
}

/** Reasons in the registry by where it went. */
function reasons(registry: TestRegistry): Map<string, string> {
  return new Map(
    [...registry.blocked.values()].map(({ dst, protocol, verdict, reason }) => [
      `${protocol} ${dst.host}:${dst.port}`,
      `${verdict} ${reason}`,
    ]),
  );
}

/** On a bare machine HAProxy is fetched and CoreDNS built, which takes minutes, once. */
const BUILD_WITHIN_MS = 20 * 60_000;
/** `npm run prove -- egress` takes the full count. */
const FLOOD = Number(process.env.AEGIS_FLOOD ?? 600);

describe.skipIf(noGateway.length > 0)('the egress gateway, with real HAProxy and CoreDNS in namespaces', () => {
  beforeAll(async () => {
    await buildGatewayTools((title, task) => {
      process.stdout.write(`  … ${title}\n`);
      return task();
    });
  }, BUILD_WITHIN_MS);

  it(
    'carries an allowed host, denies another, and the denial is in the registry with host, agent, skill and reason (A119, A122, A132, A133, A139, A235, A236)',
    async () => {
      const { rig, registry, tls } = await open(async (at) => at.publish(await acme(at), await globex(at)));
      await rig.lock([POD]);
      await rig.internet();
      expect(await rig.pod('assistant', { do: 'dns', ip: DNS, name: 'api.weather.example', type: TYPES.A })).toEqual({
        code: 0,
        addresses: [GATEWAY],
      });
      expect(await tls('api.weather.example')).toMatchObject({
        ok: true,
        host: 'api.weather.example',
        to: '203.0.113.10',
      });
      expect(await tls('evil.example')).toMatchObject({ ok: false });
      const { asked, reached } = await rig.internet();
      // The gateway alone asks, and only for what is allowed: a denied name carries nothing out.
      expect(asked.filter((question) => !question.startsWith('api.weather.example'))).toEqual([]);
      expect(reached).toMatchObject([{ host: 'api.weather.example' }]);
      await until(() => expect(reasons(registry).get('tls evil.example:443')).toBe('denied not_in_allowlist'));
      expect([...registry.blocked.values()].find(({ dst }) => dst.host === 'evil.example')).toMatchObject({
        tenantId: ACME,
        agentId: ASSISTANT,
        pod: { namespace: 'aegis-tenants', name: 'assistant-0', uid: `uid-${POD}`, node: 'n1' },
        skill: { name: 'weather', version: '1.2.0' },
        src: { ip: POD },
        dst: { host: 'evil.example', hostSource: 'sni', port: 443 },
        policy: { revision: 7 },
        source: 'gateway',
        count: 1,
      });
      const refused = String(
        (await rig.pod('assistant', { do: 'http', ip: GATEWAY, port: 80, host: 'evil.example' })).said,
      );
      expect(refused).toMatch(/^HTTP\/1\.1 403 /);
      expect(JSON.parse(refused.slice(refused.indexOf('\r\n\r\n')))).toMatchObject({
        error: 'egress_denied',
        host: 'evil.example',
        port: 80,
        reason: 'not_in_allowlist',
        fix: expect.stringContaining('permissions.network'),
      });
      const last = async (pod: string) => {
        const asking = { do: 'raw', ip: GATEWAY, port: 80, send: http('aegis.denied', '/last') };
        const text = String((await rig.pod(pod, asking)).said);
        return JSON.parse(text.slice(text.indexOf('\r\n\r\n'))).denials;
      };
      expect((await last('assistant')).slice(0, 2)).toMatchObject([
        { host: 'evil.example', port: 80, protocol: 'http', denied: true },
        {
          host: 'evil.example',
          port: 443,
          protocol: 'tls',
          reason: 'not_in_allowlist',
          why: expect.stringContaining('declares'),
        },
      ]);
      expect(JSON.stringify(await last('globex'))).not.toContain('evil.example');
    },
    WITHIN_MS,
  );

  it(
    'answers no trick with a way out, and says of each why (the bypass suite, HARD)',
    async () => {
      const { rig, registry } = await open(async (at) =>
        at.publish(await acme(at), await globex(at, { mode: 'hard' })),
      );
      await rig.lock([POD]);
      await rig.internet();
      const gateway = { ip: GATEWAY, port: 443 };
      const tls = (name: string, more: Question = {}) => ({ do: 'tls', ...gateway, name, ...more });
      const web = (send: string, port = 80) => ({ do: 'raw', ip: GATEWAY, port, send });
      const dns = (name: string, type: number, more: Question = {}) => ({ do: 'dns', ip: DNS, name, type, ...more });
      const denied = (where: string, reason: string) => ({ log: { [where]: `denied ${reason}` } });
      /** Only a CNI sees it: no packet of it reaches the gateway or the DNS of tenants. */
      const cni = {};
      const tricks: [name: string, ask: Question, seen: { log?: Record<string, string>; answer?: object }][] = [
        ['raw address', { do: 'tls', ip: '203.0.113.66', port: 443 }, cni],
        [
          'evil address with an allowed name',
          { do: 'tls', ip: '203.0.113.66', port: 443, name: 'api.weather.example' },
          cni,
        ],
        [
          'allowed address with a foreign name',
          tls('evil.example'),
          denied('tls evil.example:443', 'not_in_allowlist'),
        ],
        ['no name', { do: 'tls', ...gateway }, denied('tls :443', 'no_sni')],
        ['no TLS at all', { do: 'raw', ...gateway, send: '\x00\x01binary' }, denied('tls :443', 'no_sni')],
        ['nothing said', { do: 'raw', ...gateway }, denied('tls :443', 'no_sni')],
        ['a protocol of its own', web('SSH-2.0-client\r\n', 443), denied('http :443', 'no_sni')],
        ['plain HTTP to another host', web(http('evil.example')), denied('http evil.example:80', 'not_in_allowlist')],
        [
          'plain HTTP to a host that is allowed by TLS',
          web(http('a.wild.example'), 443),
          denied('http a.wild.example:443', 'port'),
        ],
        [
          'TLS to a host that is allowed by HTTP',
          tls('plain.example', { port: 80 }),
          denied('tls plain.example:80', 'port'),
        ],
        ['an address as Host', web(http('203.0.113.66')), denied('http 203.0.113.66:80', 'raw_ip')],
        ['an IPv6 address as Host', web(http('[2001:db8::1]')), denied('http [2001:80', 'raw_ip')],
        [
          'another host in the request line',
          web('GET http://line.evil.example/ HTTP/1.1\r\nHost: plain.example\r\n\r\n'),
          {},
        ],
        ['two Hosts', web('GET / HTTP/1.1\r\nHost: plain.example\r\nHost: two.evil.example\r\n\r\n'), {}],
        [
          'CONNECT',
          web('CONNECT tunnel.evil.example:443 HTTP/1.1\r\nHost: tunnel.evil.example:443\r\n\r\n'),
          denied('http tunnel.evil.example:80', 'not_in_allowlist'),
        ],
        ['upper case', tls('UPPER.EVIL.EXAMPLE'), denied('tls upper.evil.example:443', 'not_in_allowlist')],
        ['trailing dot', tls('dot.evil.example.'), denied('tls dot.evil.example:443', 'not_in_allowlist')],
        ['another script', tls('xn--wtter-gra.example'), denied('tls xn--wtter-gra.example:443', 'not_in_allowlist')],
        ['underscore', tls('_x.api.weather.example'), denied('tls _x.api.weather.example:443', 'not_in_allowlist')],
        [
          'allowed name as the begin of another',
          tls('api.weather.example.evil.example'),
          denied('tls api.weather.example.evil.example:443', 'not_in_allowlist'),
        ],
        [
          'allowed name as the end of another',
          tls('evilapi.weather.example'),
          denied('tls evilapi.weather.example:443', 'not_in_allowlist'),
        ],
        ['apex of a wildcard', tls('wild.example'), denied('tls wild.example:443', 'not_in_allowlist')],
        ['two labels below one', tls('a.b.wild.example'), denied('tls a.b.wild.example:443', 'not_in_allowlist')],
        ['apex of a deep wildcard', tls('deep.example'), denied('tls deep.example:443', 'not_in_allowlist')],
        ['another port', tls('api.weather.example', { port: 8443 }), denied('tls api.weather.example:8443', 'port')],
        ['a port that nobody declared', tls('api.weather.example', { port: 5432 }), cni],
        [
          'a host of another agent’s skill',
          tls('other.example'),
          denied('tls other.example:443', 'skill_not_installed'),
        ],
        ['a host of DNS over HTTPS', tls('dns.doh.example'), denied('tls dns.doh.example:443', 'not_in_allowlist')],
        ['QUIC to the gateway', { do: 'udp', ...gateway }, cni],
        ['QUIC to the host', { do: 'udp', ip: '203.0.113.10', port: 443 }, cni],
        ['DNS over TLS', { do: 'tls', ip: RESOLVER, port: 853 }, cni],
        [
          'another resolver',
          { do: 'dns', ip: RESOLVER, name: 'evil.example', type: TYPES.A },
          { answer: { code: null } },
        ],
        ['secrets in labels, as TXT', dns('c2VjcmV0.evil.example', TYPES.TXT), { answer: { code: 5 } }],
        ['secrets in labels, as A', dns('c2VjcmV0.evil.example', TYPES.A), { answer: { addresses: [GATEWAY] } }],
        ['NULL', dns('evil.example', TYPES.NULL), { answer: { code: 5 } }],
        ['MX', dns('evil.example', TYPES.MX), { answer: { code: 5 } }],
        ['a foreign reverse zone', dns('4.3.2.1.in-addr.arpa', TYPES.PTR), { answer: { code: 5 } }],
        ['DNS over TCP', dns('evil.example', TYPES.A, { overTcp: true }), { answer: { addresses: [GATEWAY] } }],
        ['IPv6 alone', dns('api.weather.example', TYPES.AAAA), { answer: { code: 0, addresses: [] } }],
        ['keys for encrypted hellos', dns('api.weather.example', TYPES.HTTPS), { answer: { code: 0, addresses: [] } }],
        ['rebinding to 10/8', tls('private.example'), denied('tls private.example:443', 'private_ip')],
        ['rebinding to loopback', tls('loopback.example'), denied('tls loopback.example:443', 'private_ip')],
        [
          'rebinding to the metadata address',
          tls('metadata.example'),
          denied('tls metadata.example:443', 'private_ip'),
        ],
        ['rebinding to an IPv4-mapped address', tls('mapped.example'), denied('tls mapped.example:443', 'private_ip')],
        ['rebinding by NAT64', tls('nat64.example'), denied('tls nat64.example:443', 'private_ip')],
        ['rebinding by 6to4', tls('sixtofour.example'), denied('tls sixtofour.example:443', 'private_ip')],
        [
          'alias of an allowed name',
          tls('alias-of-allowed.example'),
          denied('tls alias-of-allowed.example:443', 'not_in_allowlist'),
        ],
        ['allowed name that does not resolve', tls('gone.example'), denied('tls gone.example:443', 'name_not_found')],
        ['relay through another tenant’s pod', { do: 'tls', ip: OTHER, port: 443, name: 'api.weather.example' }, cni],
        ['the metadata address itself', { do: 'raw', ip: '169.254.169.254', port: 80, send: http('metadata') }, cni],
      ];
      expect(tricks.length).toBeGreaterThanOrEqual(25);
      const answers = await Promise.all(tricks.map(([, ask]) => rig.pod('assistant', ask)));
      for (const [index, [name, , { answer }]] of tricks.entries()) {
        const said = answers[index];
        if (answer !== undefined) expect(said, name).toMatchObject(answer);
        else if (typeof said?.said === 'string' && said.said !== '')
          expect(said.said, name).toMatch(/^HTTP\/1\.1 40[03] /);
        else expect(said, name).toMatchObject({ ok: false });
      }
      const wanted = tricks.flatMap(([, , { log = {} }]) => Object.entries(log));
      await until(() => {
        const found = reasons(registry);
        for (const [where, reason] of wanted) expect(`${where} ${found.get(where)}`).toBe(`${where} ${reason}`);
      });
      const { asked, reached } = await rig.internet();
      expect(reached).toEqual([]);
      expect(asked.filter((question) => /evil|doh|other|secret|c2Vj/i.test(question))).toEqual([]);
    },
    WITHIN_MS,
  );

  it(
    'carries allowed names however they are spelled, and each request of a connection is decided by itself',
    async () => {
      const { rig, tls } = await open(async (at) => at.publish(await acme(at)));
      for (const name of [
        'API.Weather.Example',
        'api.weather.example.',
        'a.wild.example',
        'a.b.deep.example',
        'chain.example',
      ]) {
        expect(await tls(name), name).toMatchObject({ ok: true, to: '203.0.113.10' });
      }
      expect(await tls('alt.example', { port: 8443 })).toMatchObject({ ok: true });
      const two = `GET / HTTP/1.1\r\nHost: plain.example\r\n\r\n${http('evil.example')}`;
      const { said } = await rig.pod('assistant', { do: 'raw', ip: GATEWAY, port: 80, send: two });
      expect(String(said)).toMatch(/^HTTP\/1\.1 200 [\s\S]*"host":"plain\.example"[\s\S]*HTTP\/1\.1 403 /);
    },
    WITHIN_MS,
  );

  it(
    'in SOFT lets pass what HARD denies and says so; HARD cuts it and leaves what is allowed alone (A141, A142)',
    async () => {
      const { rig, registry, tls } = await open(async (at) => at.publish(await acme(at, { mode: 'soft' })));
      expect(await tls('evil.example', { keep: 'undeclared' })).toMatchObject({ ok: true, to: '203.0.113.66' });
      expect(await tls('api.weather.example', { keep: 'allowed' })).toMatchObject({ ok: true });
      // What no name is in cannot be carried; it is denied in SOFT too, and told as what it is.
      expect(await tls()).toMatchObject({ ok: false });
      await registry.publish(await acme(registry, { mode: 'hard', revision: 8 }));
      const closed = async (keep: string) => (await rig.pod('assistant', { do: 'state', keep })).closedAtMs;
      await until(async () => expect(await closed('undeclared')).not.toBeNull());
      expect(await tls('evil.example')).toMatchObject({ ok: false });
      await registry.publish(await acme(registry, { mode: 'soft', revision: 9 }));
      await until(async () => expect(await tls('evil.example')).toMatchObject({ ok: true }));
      expect(await closed('allowed')).toBeNull();
      await until(() => {
        const found = [...registry.blocked.values()].map(
          ({ dst, verdict, policy }) => `${dst.host} ${verdict} ${policy.revision}`,
        );
        expect(found).toEqual(
          expect.arrayContaining(['evil.example would_deny 9', 'evil.example denied 8', ' denied 7']),
        );
      });
    },
    WITHIN_MS,
  );

  it(
    'cuts live connections of a revoked host and of a pod that is gone, and denies everything with an empty list',
    async () => {
      const { rig, registry, world, tls } = await open(async (at) => at.publish(await acme(at)));
      const closed = async (keep: string) => (await rig.pod('assistant', { do: 'state', keep })).closedAtMs;
      await tls('api.weather.example', { keep: 'revoked' });
      await tls('a.wild.example', { keep: 'kept' });
      const left = DECLARED.filter(({ host }) => host !== 'api.weather.example');
      await registry.publish(await acme(registry, { revision: 8, network: left }));
      await until(async () => expect(await closed('revoked')).not.toBeNull());
      expect(await closed('kept')).toBeNull();
      expect(await tls('api.weather.example')).toMatchObject({ ok: false });
      // Its address is another tenant's now.
      await world.writePods([podOf(GLOBEX, 'assistant', POD)]);
      await until(async () => expect(await closed('kept')).not.toBeNull());
      expect(await decided(rig, 'assistant')).toContain('policy_default');
      await world.writePods([podOf(ACME, 'assistant', POD)]);
      await registry.publish(await acme(registry, { revision: 9, network: [] }));
      await until(async () => expect(await decided(rig, 'assistant')).toContain('not_in_allowlist'));
      await until(async () => expect(await tls('a.wild.example')).toMatchObject({ ok: false }));
      for (const name of ['a.b.deep.example', 'api.weather.example']) {
        expect(await tls(name)).toMatchObject({ ok: false });
      }
    },
    WITHIN_MS,
  );

  it(
    'listens on a newly declared port without losing a connection, and its old worker obeys as the new one',
    async () => {
      const { rig, registry, tls } = await open(async (at) => at.publish(await acme(at)));
      await tls('api.weather.example', { keep: 'before' });
      const more = [...DECLARED, { host: 'api.weather.example', ports: [5432], protocol: 'tls' as const }];
      await registry.publish(await acme(registry, { revision: 8, network: more }));
      await until(async () => expect(await tls('api.weather.example', { port: 5432 })).toMatchObject({ ok: true }));
      const closed = async () => (await rig.pod('assistant', { do: 'state', keep: 'before' })).closedAtMs;
      expect(await closed()).toBeNull();
      await registry.publish(
        await acme(registry, { revision: 9, network: more.filter(({ ports }) => ports[0] === 5432) }),
      );
      await until(async () => expect(await closed()).not.toBeNull());
    },
    WITHIN_MS,
  );

  it(
    'keeps deciding when its agent is dead, also after a start of HAProxy, and takes it up again',
    async () => {
      const { rig, registry, world, tls, stopAgent } = await open(async (at) => at.publish(await acme(at)));
      await until(() => expect(readFileSync(rig.files.sources, 'utf8')).toContain(POD));
      await stopAgent();
      await rig.end('haproxy');
      expect(await tls('api.weather.example')).toMatchObject({ ok: false });
      await rig.startHaproxy();
      await until(async () => expect(await tls('api.weather.example')).toMatchObject({ ok: true }));
      expect(await tls('evil.example')).toMatchObject({ ok: false });
      await registry.publish(await acme(registry, { revision: 8, network: [] }));
      const stop = await world.startAgent();
      onTestFinished(() => stop().catch(() => undefined));
      await until(async () => expect(await tls('api.weather.example')).toMatchObject({ ok: false }));
      await until(() => expect(reasons(registry).get('tls evil.example:443')).toBe('denied not_in_allowlist'));
    },
    WITHIN_MS,
  );

  it(
    'gives nothing to a source that is no pod of a tenant',
    async () => {
      const { rig, registry, world, tls } = await open(async (at) => at.publish(await acme(at)));
      await world.writePods([
        { ...podOf(ACME, 'assistant', POD), namespace: 'somewhere-else' },
        podOf(seededId('tenant', 9), 'x', OTHER),
      ]);
      await until(async () => expect(await decided(rig, 'assistant')).toContain('policy_default'));
      expect(await tls('api.weather.example')).toMatchObject({ ok: false });
      expect([...registry.blocked.values()].filter(({ reason }) => reason === 'policy_default')).toEqual([]);
    },
    WITHIN_MS,
  );

  it(
    'loses and doubles none of many denials, with the registry down and its agent killed twice (A139)',
    async () => {
      const { rig, registry, world, stopAgent } = await open(async (at) => at.publish(await acme(at)));
      await stopAgent();
      registry.fault = (request) => (request.includes('/blocked') ? 'drop' : undefined);
      const journal = () => readFileSync(join(rig.folder, 'state', 'journal.json'), 'utf8');
      const rest = { ...process.env, ...world.environment };
      const third = Math.ceil(FLOOD / 3);
      for (let part = 0; part < 3; part++) {
        const agent = spawn(process.execPath, [...PROGRAM, '--role', 'gateway'], { env: rest, stdio: 'ignore' });
        const ended = once(agent, 'exit');
        onTestFinished(() => void agent.kill('SIGKILL'));
        const before = journal();
        const flood = { do: 'many', ip: GATEWAY, port: 443, name: `flood-${part}.example`, times: third };
        const sent = rig.pod('assistant', flood);
        // In the middle of it, once it has begun to read.
        await until(() => expect(journal()).not.toBe(before));
        agent.kill('SIGKILL');
        await ended;
        expect(await sent).toEqual({ denied: third });
      }
      registry.fault = () => undefined;
      const stop = await world.startAgent();
      onTestFinished(() => stop().catch(() => undefined));
      const counted = () =>
        [...registry.blocked.values()]
          .filter(({ dst, kind }) => dst.host.startsWith('flood-') && kind === 'request')
          .reduce((sum, { count }) => sum + count, 0);
      // What is still in the log is read, and its last windows of ten seconds end.
      const patience = { timeout: FLOOD_WITHIN_MS / 3, interval: 100 };
      await vi.waitFor(() => expect(counted()).toBeGreaterThanOrEqual(3 * third), patience);
      // Nothing that comes later may be counted again.
      await stop();
      expect(counted()).toBe(3 * third);
    },
    FLOOD_WITHIN_MS,
  );
});
