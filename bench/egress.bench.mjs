// How fast the egress gateway follows the registry, and what it weighs: real registry, HAProxy and CoreDNS, with pods as
// network namespaces. By hand only: `npm run bench egress [ROUNDS]`. Needs Linux with user namespaces, Go and apt-get.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../cluster-agent/src/config.ts';
import { generateAllowList } from '../cluster-agent/src/egress/allow-list.ts';
import { createControl } from '../cluster-agent/src/gateway/control.ts';
import { openHaproxy } from '../cluster-agent/src/gateway/haproxy.ts';
import { planMaps } from '../cluster-agent/src/gateway/maps.ts';
import { runGateway } from '../cluster-agent/src/gateway-app.ts';
import { agent, allow, tenantDocument } from '../cluster-agent/src/testing/documents.ts';
import { recordedLog } from '../cluster-agent/src/testing/log.ts';
import { GATEWAY, RESOLVER, startRig } from '../cluster-agent/src/testing/rig.ts';
import { invitePeople } from '../scripts/demo-people.ts';
import { startStack } from '../scripts/stack.ts';
import { until } from '../scripts/until.ts';

const ROUNDS = Number(process.argv[2] ?? 10);
const TENANTS = 1000;
const DOMAINS = 200;
const WITHIN_MS = 30_000;
const POD = '10.77.2.1';

console.log(`Egress gateway, ${ROUNDS} rounds each`);
await measureFollowing();
await measureWeight();
process.exit(0);

/** From a decision in the registry to another outcome of a pod's connection. */
async function measureFollowing() {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'));
  const rig = await startRig();
  const stack = await startStack({ stateDir: folder, dashboard: false, demo: true });
  const stop = new AbortController();
  try {
    const { admin, reviewer, tenants } = await invitePeople(stack.url, stack.secrets.setupToken);
    const { tenantId, owner } = tenants.acme;
    const { cluster, joinToken } = await admin.client.clusters.create({ name: 'bench' });
    await admin.client.clusters.place(cluster.id, tenantId, { mode: 'hard' });
    const desk = await owner.client.agents.create(tenantId, { name: 'desk', clusterId: cluster.id });
    const hosts = Array.from({ length: ROUNDS }, (_, index) => `h${index}.models.example`);
    await rig.internet(Object.fromEntries([...hosts, 'undeclared.example'].map((host) => [host, ['203.0.113.10']])));
    await rig.addPod('desk', POD);
    const podsFile = join(rig.folder, 'pods.json');
    const labels = { tenant: tenantId, ...desk.selector.matchLabels };
    writeFileSync(podsFile, JSON.stringify([{ ip: POD, namespace: 'aegis-tenants', name: 'desk-0', labels }]));
    const { log, lines } = recordedLog();
    const config = parseConfig({
      AEGIS_REGISTRY: stack.url,
      AEGIS_JOIN_TOKEN: joinToken,
      AEGIS_STATE_DIR: join(rig.folder, 'state'),
      AEGIS_GATEWAY_DIR: rig.folder,
      AEGIS_GATEWAY_RESOLVER: `${RESOLVER}:53`,
      AEGIS_PODS_FILE: podsFile,
    });
    const running = runGateway({ config, signal: stop.signal, log });
    await rig.startHaproxy();
    const tls = (name, more = {}) => rig.pod('desk', { do: 'tls', ip: GATEWAY, port: 443, name, ...more });
    const turns = (name, ok) =>
      until(`${name} is ${ok ? 'open' : 'closed'}`, WITHIN_MS, async () => ((await tls(name)).ok === ok ? true : null));
    await until('the gateway knows the pod', WITHIN_MS, async () => {
      const { said } = await rig.pod('desk', { do: 'http', ip: GATEWAY, port: 80, host: 'ready.test' });
      return String(said).includes('not_in_allowlist') ? true : null;
    });
    const decideBase = async (network) => {
      const { proposedBase } = await owner.client.agents.proposeBase(tenantId, desk.id, { network });
      return () => reviewer.client.reviews.decideBase(proposedBase.id, { status: 'approved', notes: 'Measured.' });
    };

    const approved = [];
    const cut = [];
    for (const host of hosts) {
      const open = await decideBase([{ host }]);
      approved.push(await timed(open, () => turns(host, true)));
      await tls(host, { keep: host });
      const close = await decideBase([{ host: 'nothing.models.example' }]);
      cut.push(
        await timed(close, () =>
          until(
            `${host} is cut`,
            WITHIN_MS,
            async () => (await rig.pod('desk', { do: 'state', keep: host })).closedAtMs,
          ),
        ),
      );
    }
    const flips = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const mode of ['soft', 'hard']) {
        const place = () => admin.client.clusters.place(cluster.id, tenantId, { mode });
        flips.push(await timed(place, () => turns('undeclared.example', mode === 'soft')));
      }
    }
    const received = lines.filter(({ message }) => message === 'gateway decides by the adopted state');
    show('approved → decided differently', approved, 1000);
    show('permission gone → session cut', cut, 2000);
    show('mode flipped → decided differently', flips, 1000);
    show(
      'received → HAProxy decides by it',
      received.slice(1).map(({ tookMs }) => tookMs),
      100,
    );
    stop.abort();
    await running;
  } finally {
    stop.abort();
    await stack.stop();
    await rig.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** HAProxy with everything that a large cluster allows, and how long one change of it takes. */
async function measureWeight() {
  const rig = await startRig();
  try {
    const documents = Array.from({ length: TENANTS }, (_, tenant) => {
      const tenantId = `ten-${String(tenant).padStart(26, '0')}`;
      const agentId = `agt-${String(tenant).padStart(26, '0')}`;
      const allows = Array.from({ length: DOMAINS }, (_, index) =>
        allow(`service-${index}.customer-${tenant}.example`),
      );
      return tenantDocument({ tenantId, agents: [agent({ agentId, allow: allows })] });
    });
    const haproxy = openHaproxy(rig.files.master);
    const control = createControl({ files: rig.files, resolver: `${RESOLVER}:53`, haproxy, log: recordedLog().log });
    const labels = { tenantLabel: 'tenant', tenantsNamespace: 'aegis-tenants' };
    // As the agent does: once per document.
    const known = new Map(documents.map((one) => [one.tenantId, generateAllowList(one).lines.map(({ key }) => key)]));
    const keysOf = ({ tenantId }) => known.get(tenantId);
    const judge = () => ({ owner: undefined, mode: 'hard', isAllowed: true });
    const wanted = (some) => ({ maps: planMaps(some, { pods: [], labels, keysOf }), ports: [80, 443], judge });
    mkdirSync(rig.folder, { recursive: true });
    await control.apply(wanted([])).catch(() => undefined);
    await rig.startHaproxy();
    await until('HAProxy answers', WITHIN_MS, () => haproxy.workers().catch(() => null));
    const all = await timed(
      () => undefined,
      () => control.apply(wanted(documents)),
    );
    const flipped = documents.map((document, index) => (index === 0 ? { ...document, mode: 'soft' } : document));
    const flip = await timed(
      () => undefined,
      () => control.apply(wanted(flipped)),
    );
    const rssMb = Math.max(...rssOf(rig.files.config)) / 1024;
    console.log(`${TENANTS} tenants × ${DOMAINS} domains`);
    show('  everything at once', [all], 30_000);
    show('  one mode flipped among them', [flip], 1000);
    console.log(`  HAProxy's largest process: ${rssMb.toFixed(0)} MB (bar 64 MB) ${rssMb <= 64 ? '✓' : '✗'}`);
  } finally {
    await rig.stop();
  }
}

async function timed(begin, end) {
  const startedAtMs = performance.now();
  const begun = begin();
  await end();
  const tookMs = performance.now() - startedAtMs;
  await begun;
  return tookMs;
}

function show(what, tookMs, barMs) {
  const sorted = [...tookMs].sort((left, right) => left - right);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  const isKept = at(0.95) <= barMs;
  console.log(
    `${what}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms (bar ${barMs} ms) ${isKept ? '✓' : '✗'}`,
  );
}

/** Memory in KiB of every HAProxy that runs on this configuration. */
function rssOf(config) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`-f\0${config}`)) return [];
        return [Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}
