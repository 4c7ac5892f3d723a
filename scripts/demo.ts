import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, writeDemoState } from './accounts.ts';
import { AGENT, agentEnvironment } from './agent.ts';
import { accountsOf, invitePeople, type People, type Person, type TenantPeople } from './demo-people.ts';
import { approve, publishExample } from './demo-skills.ts';
import { DENIED_AGENT, DENIED_HOST, deniedCall } from './denied-tool.ts';
import { capture } from './run-quietly.ts';
import type { Stack } from './stack.ts';
import { until } from './until.ts';

export interface DemoOptions {
  stack: Stack;
  stateDir: string;
  /** Starts the cluster agent of this machine, which joins with the token. */
  startAgent: (joinToken: string) => void;
  signal?: AbortSignal;
}

const AGENT_WITHIN_MS = 30_000;
const BLOCKED_WITHIN_MS = 30_000;

/**
 * Fills an empty registry with two tenants and what they do with the examples, all of it through the API and the
 * real programs. Nothing is invented: the one blocked request is a tool that really ran and was really denied.
 */
export async function loadDemo(options: DemoOptions): Promise<Account[]> {
  const { stack, stateDir, signal } = options;
  writeDemoState(stateDir, { state: 'loading' });
  const people = await invitePeople(stack.url, stack.secrets.setupToken);
  signal?.throwIfAborted();
  const clusterId = await joinLocalCluster(people, options.startAgent);
  signal?.throwIfAborted();
  await fillAcme(stack.url, people, clusterId);
  signal?.throwIfAborted();
  await fillGlobex(stack.url, people, clusterId);
  await until('the local cluster agent writes its policies', AGENT_WITHIN_MS, () => settled(people.admin, clusterId));
  signal?.throwIfAborted();
  await runDeniedTool(people.tenants.acme, stack.url, stateDir);
  // Last, so that no approval above waits for a sandbox: what is published from now on is run, if this machine has one.
  await people.admin.client.clusters.update(clusterId, { dryRun: true });
  const accounts = accountsOf(people);
  writeDemoState(stateDir, { state: 'loaded', accounts });
  return accounts;
}

async function joinLocalCluster({ admin, tenants }: People, startAgent: (joinToken: string) => void): Promise<string> {
  const { cluster, joinToken } = await admin.client.clusters.create({ name: 'local' });
  await admin.client.clusters.place(cluster.id, tenants.acme.tenantId, { mode: 'hard' });
  await admin.client.clusters.place(cluster.id, tenants.globex.tenantId, { mode: 'soft' });
  startAgent(joinToken);
  return cluster.id;
}

async function fillAcme(url: string, { reviewer, tenants: { acme } }: People, clusterId: string): Promise<void> {
  const { client } = acme.owner;
  const treasury = await client.agents.create(acme.tenantId, { name: DENIED_AGENT, clusterId });
  const reports = await client.agents.create(acme.tenantId, { name: 'report-writer', clusterId });
  await giveBase(acme.owner, reviewer, treasury.id);
  const rates = await publishExample(url, acme.author, 'skills/exchange-rates');
  await approve(reviewer, rates, 'Two hosts, read only. `source` can name others; clusters deny those.');
  const tables = await publishExample(url, acme.author, 'skills/table-tools');
  await approve(reviewer, tables, 'Asks for nothing: no network, no files, no environment.');
  await client.agents.install(acme.tenantId, treasury.id, { privateSkillId: rates });
  await client.agents.install(acme.tenantId, reports.id, { privateSkillId: rates });
  await client.agents.install(acme.tenantId, reports.id, { privateSkillId: tables });
  // Left for whoever tries the demo: one that asks for more than the approved version, and one that must not pass.
  const network = { host: DENIED_HOST, methods: ['GET'], reason: 'Rates of Asian markets, which the others lack' };
  await publishExample(url, acme.author, 'skills/exchange-rates', { version: '1.1.0', network });
  await publishExample(url, acme.author, 'hostile/eval-loader');
}

async function fillGlobex(url: string, { reviewer, tenants: { globex } }: People, clusterId: string): Promise<void> {
  const { client } = globex.owner;
  const notes = await client.agents.create(globex.tenantId, { name: 'plant-notes', clusterId });
  const files = await publishExample(url, globex.author, 'skills/safe-files');
  await approve(reviewer, files, 'Stays below its folder; the path checks have tests.');
  await client.agents.install(globex.tenantId, notes.id, { privateSkillId: files });
}

/** What the agent needs without any skill, proposed by the owner and approved like a skill's permissions. */
async function giveBase(owner: Person, reviewer: Person, agentId: string): Promise<void> {
  const network = [{ host: 'models.example', reason: 'The model provider' }];
  const agent = await owner.client.agents.proposeBase(owner.tenantId ?? '', agentId, { network });
  const baseId = agent.proposedBase?.id ?? '';
  await reviewer.client.reviews.decideBase(baseId, { status: 'approved', notes: 'The model provider of every agent.' });
}

/** The cluster when every tenant of it has what the registry wants; else null. */
async function settled(admin: Person, clusterId: string): Promise<true | null> {
  const { tenants } = await admin.client.clusters.get(clusterId);
  const isSettled = ({ ackedRevision, wantedRevision, state }: (typeof tenants)[number]) =>
    ackedRevision === wantedRevision && state !== 'failed';
  return tenants.length > 0 && tenants.every(isSettled) ? true : null;
}

/** Runs a tool as an agent would, under what it may do; the host that it is sent to is not granted. */
async function runDeniedTool(acme: TenantPeople, url: string, stateDir: string): Promise<void> {
  const workdir = join(stateDir, 'tool-runs');
  mkdirSync(workdir, { recursive: true });
  const args = [AGENT, ...deniedCall(acme.tenantId), '--workdir', workdir];
  const { output } = await capture(process.execPath, args, {
    cwd: workdir,
    env: agentEnvironment(url, stateDir, null),
  });
  await until(`the denial of ${DENIED_HOST} arrives; the tool said: ${output}`, BLOCKED_WITHIN_MS, async () => {
    const { blockedRequests } = await acme.owner.client.blocked.list({ tenantId: acme.tenantId });
    return blockedRequests.some((request) => request.destinationHost === DENIED_HOST) ? true : null;
  });
}
