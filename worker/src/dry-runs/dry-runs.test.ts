import { env } from 'cloudflare:workers';
import { dryRunDigest } from '@aegis/skill-sdk/analyze/compare';
import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { digestOf } from '@aegis/skill-sdk/digest';
import { DRY_RUN_REPORT_TYPE, type DryRunJob, type DryRunList } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { DryRunResult } from '@aegis/skill-sdk/wire/dry-runs';
import type { ReviewWorkspace } from '@aegis/skill-sdk/wire/reviews';
import { beforeAll, describe, expect, it } from 'vitest';
import { place } from '../testing/desired-state.ts';
import {
  createWorld,
  enrolCluster,
  packSkill,
  type TestCluster,
  type TestTenant,
  upload,
  type World,
} from '../testing/world.ts';

const ENGINE = { proved: true, runtime: 'runsc', imageDigest: 'sha256:image' };
let world: World;
let marked: TestCluster;
let made = 0;
beforeAll(async () => {
  world = await createWorld();
  marked = await runner('runner', world.acme);
});

/** A cluster that an admin marked, with this tenant. */
async function runner(name: string, tenant: TestTenant): Promise<TestCluster> {
  const cluster = await enrolCluster(world.admin, name);
  await place(world.admin, cluster, tenant);
  await mark(cluster, true);
  return cluster;
}

const mark = (cluster: TestCluster, dryRun: boolean) =>
  world.admin.json(`/api/admin/clusters/${cluster.id}`, { method: 'PATCH', body: { dryRun } });

async function publish(tenant = world.acme): Promise<string> {
  const answer = await upload(tenant.author, tenant.id, packSkill({ name: `runs-${++made}` }));
  return (await answer.json<{ id: string }>()).id;
}

async function claim(cluster = marked, engine: object = ENGINE): Promise<DryRunJob | null> {
  const path = `/api/clusters/${cluster.id}/dry-runs/claim`;
  const { job } = await (await cluster.as()).json<{ job: DryRunJob | null }>(path, {
    method: 'POST',
    body: { engine },
  });
  return job;
}

/** Takes and ends whatever other tests left. */
async function clear(cluster = marked): Promise<void> {
  for (let job = await claim(cluster); job !== null; job = await claim(cluster)) await fails(job, cluster);
}
const update = async (job: { id: string }, body: object, cluster = marked) =>
  (await cluster.as()).fetch(`/api/clusters/${cluster.id}/dry-runs/${job.id}`, {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const fails = (job: DryRunJob, cluster = marked) =>
  update(job, { state: 'failed', lease: job.lease, reason: 'The engine went away.' }, cluster);

async function claimOf(versionId: string, cluster = marked): Promise<DryRunJob> {
  const job = await claim(cluster);
  expect(job?.id.slice(4)).toBe(versionId.slice(4));
  if (job === null) throw new Error('nothing to run');
  return job;
}

type Change = Partial<DryRunResult>;

async function resultOf(job: DryRunJob, change: Change = {}): Promise<DryRunResult> {
  const result: DryRunResult = {
    v: 1,
    kind: 'dry_run',
    skill: { name: job.name, version: job.version, contentDigest: job.contentDigest },
    tool: 'greet',
    inputDigest: await digestOf(canonicalBytes(job.input ?? { who: 'you' })),
    success: true,
    verdict: 'pass',
    output: 'you',
    error: null,
    networkCalls: [],
    fileAccess: [],
    processes: [],
    honeytokens: [],
    limitsHit: [],
    monitor: { mode: 'strace', complete: true, tampered: false, truncated: false, lines: 12, reasons: [] },
    runtime: {
      driver: 'docker',
      runtime: 'runsc',
      isolation: 'gvisor',
      kernelHost: '6.1',
      kernelGuest: '4.19.0-gvisor',
      unsafe: false,
    },
    imageDigest: 'sha256:image',
    harnessDigest: 'sha256:harness',
    events: [],
    comparison: { undeclared: [], unpredicted: [], unused: [] },
    findings: [],
    executionTime: 5,
    memoryUsage: null,
    cpuMs: null,
    timeline: [],
    digest: '',
    signature: null,
    ...change,
  };
  return { ...result, digest: await dryRunDigest(result) };
}

async function reportOf(job: DryRunJob, change: Change = {}, cluster = marked) {
  const report = {
    v: 1,
    dryRunId: job.id,
    lease: job.lease,
    clusterId: cluster.id,
    contentDigest: job.contentDigest,
    cases: [{ tool: 'greet', case: 'polite', result: await resultOf(job, change), missing: null }],
  };
  return { state: 'done', report, signature: await signed(report, cluster) };
}

const signed = async (report: object, cluster = marked) =>
  cluster.sign({ digest: await digestOf(canonicalBytes(report)) }, DRY_RUN_REPORT_TYPE);

const listOf = (versionId: string) => world.reviewer.json<DryRunList>(`/api/skills/private/${versionId}/dry-runs`);
const newest = async (versionId: string) => (await listOf(versionId)).dryRuns[0];
const workspaceOf = (versionId: string) =>
  world.reviewer.json<ReviewWorkspace>(`/api/admin/skills/private/${versionId}/review`);
const approve = (versionId: string) =>
  world.reviewer.fetch(`/api/admin/skills/private/${versionId}/review`, {
    method: 'PUT',
    body: JSON.stringify({ status: 'approved', notes: 'Read.' }),
    headers: { 'content-type': 'application/json' },
  });
const codeOf = async (answer: Response) => (await answer.json<{ code: string }>()).code;
const overdue = (dryRunId: string) =>
  env.DB.prepare('update dry_runs set lease_ends_at_ms = 1 where id = ?').bind(dryRunId).run();

const undeclared: Change = {
  verdict: 'undeclared_access',
  comparison: {
    undeclared: [
      {
        source: 'observed',
        kind: 'net',
        values: ['evil.example:443'],
        complete: true,
        tool: 'greet',
        confidence: 'high',
      },
    ],
    unpredicted: [],
    unused: [],
  },
};

describe('publishing asks for a dry-run (A155, A156)', () => {
  it('a marked cluster is given it, says how far it is, and its report counts', async () => {
    await clear();
    const id = await publish();
    const job = await claimOf(id);
    expect(job).toMatchObject({ tenantId: world.acme.id, tool: null, input: null, version: '1.0.0' });
    expect(await codeOf(await approve(id))).toBe('DRY_RUN_PENDING');
    // Nobody approved it, so only the cluster that runs it may have the package.
    const fetched = await (await marked.as()).fetch(`/api/clusters/${marked.id}/dry-runs/${job.id}/package`);
    expect(await digestOf(await fetched.bytes())).toBe(job.archiveDigest);
    const progress = { step: 'running', what: 'greet', done: 0, total: 1 };
    expect((await update(job, { state: 'running', lease: job.lease, progress })).status).toBe(200);
    expect(await newest(id)).toMatchObject({ state: 'running', progress, cluster: { name: 'runner' }, tries: 1 });
    const report = await reportOf(job);
    expect((await update(job, report)).status).toBe(200);
    expect(await newest(id)).toMatchObject({ state: 'done', verdict: 'pass', counts: true, findings: [] });
    // The answer was lost: the same report once more changes nothing.
    expect((await update(job, report)).status).toBe(200);
    const stored = await world.acme.author.fetch(`/api/skills/private/${id}/dry-runs/${job.id}/report`);
    expect(await digestOf(await stored.bytes())).toBe((await newest(id))?.digest);
    const { gates } = await workspaceOf(id);
    expect(gates.find((gate) => gate.id === 'dry-run')).toMatchObject({ state: 'ok' });
    expect((await approve(id)).status).toBe(200);
    const approval = await world.reviewer.fetch(`/api/skills/private/${id}/approval`);
    const { payload } = await approval.json<{ payload: string }>();
    expect(JSON.parse(atob(payload)).predicate.reports).toContainEqual({
      kind: 'dry_run',
      digest: (await newest(id))?.digest,
    });
  });

  it('what was done and not declared is a finding, lowers the score and blocks the approval (A160)', async () => {
    await clear();
    const id = await publish();
    const before = await workspaceOf(id);
    const job = await claimOf(id);
    expect((await update(job, await reportOf(job, undeclared))).status).toBe(200);
    const after = await workspaceOf(id);
    expect(after.report?.score).toBeLessThan(40);
    expect(after.report?.score).toBeLessThan(before.report?.score ?? 0);
    expect(after.report).toMatchObject({ decision: 'block', counts: { critical: 1 } });
    expect((await newest(id))?.findings).toMatchObject([{ ruleId: 'observed-network', severity: 'critical' }]);
    const refused = await approve(id);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'FINDINGS_BLOCK_APPROVAL' });
    const { results } = await env.DB.prepare(
      "select severity from audit_events where action = 'dryrun:run' and target_id = ?",
    )
      .bind(id)
      .all();
    expect(results).toEqual([{ severity: 'warning' }]);
  });

  it('what could not be watched to the end proves nothing, and needs a tick', async () => {
    await clear();
    const id = await publish();
    const job = await claimOf(id);
    const monitor = {
      mode: 'strace' as const,
      complete: false,
      tampered: false,
      truncated: true,
      lines: 9,
      reasons: ['cut'],
    };
    await update(job, await reportOf(job, { verdict: 'incomplete', monitor }));
    expect(await newest(id)).toMatchObject({ counts: false, findings: [{ ruleId: 'observed-incomplete' }] });
    expect(await codeOf(await approve(id))).toBe('FINDINGS_NOT_ACKNOWLEDGED');
  });
});

describe('who is given a dry-run', () => {
  it('a cluster that nobody marked, one of another tenant, and one without a sandbox get nothing', async () => {
    await clear();
    const unmarked = await enrolCluster(world.admin, 'unmarked');
    await place(world.admin, unmarked, world.acme);
    const foreign = await runner('foreign', world.globex);
    const id = await publish();
    expect(await claim(unmarked)).toBeNull();
    expect(await claim(foreign)).toBeNull();
    expect(await claim(marked, { proved: false, reason: 'no Docker here.' })).toBeNull();
    expect(await listOf(id)).toMatchObject({
      unavailable: expect.stringContaining('no Docker here.'),
      dryRuns: [{ state: 'unavailable' }],
    });
    const job = await claimOf(id);
    // Nor may another one end it, or the same one once it is no longer marked.
    expect((await fails(job, foreign)).status).toBe(409);
    await mark(marked, false);
    expect((await update(job, await reportOf(job))).status).toBe(409);
    await mark(marked, true);
    expect((await update(job, await reportOf(job))).status).toBe(200);
  });

  it('what is unavailable stops an approval only where the tenant demands a dry-run', async () => {
    const id = await publish(world.globex);
    const path = `/api/tenants/${world.globex.id}`;
    await mark(marked, true);
    const foreign = await runner('none-there', world.globex);
    await mark(foreign, false);
    await env.DB.prepare('update clusters set dry_run = 0 where name = ?').bind('foreign').run();
    await world.globex.owner.json(path, { method: 'PATCH', body: { dryRun: 'required' } });
    expect(await codeOf(await approve(id))).toBe('DRY_RUN_UNAVAILABLE');
    const { gates } = await workspaceOf(id);
    expect(gates.find((gate) => gate.id === 'dry-run')).toMatchObject({
      state: 'stops',
      detail: expect.stringContaining('No cluster runs dry-runs for this tenant.'),
    });
    expect(await world.globex.owner.json(path, { method: 'PATCH', body: { dryRun: 'optional' } })).toMatchObject({
      dryRun: 'optional',
    });
    expect((await approve(id)).status).toBe(200);
  });
});

describe('a run that is lost', () => {
  it('is given out once more after its lease, and its first cluster is heard no longer', async () => {
    await clear();
    const id = await publish();
    const first = await claimOf(id);
    const second = await runner('second', world.acme);
    expect(await claim(second)).toBeNull();
    await overdue(first.id);
    const again = await claimOf(id, second);
    expect(again.lease).not.toBe(first.lease);
    expect((await update(first, await reportOf(first))).status).toBe(409);
    await overdue(again.id);
    expect(await newest(id)).toMatchObject({ state: 'unavailable', tries: 2 });
    expect(await claim(marked)).toBeNull();
    expect((await update(again, await reportOf(again, {}, second), second)).status).toBe(409);
    expect(await newest(id)).toMatchObject({ state: 'unavailable', reason: expect.stringContaining('lost') });
  });

  it('is given back at once to a cluster that was started again, which holds nothing any more', async () => {
    await clear();
    const id = await publish();
    const first = await claimOf(id);
    const again = await claimOf(id);
    expect((await update(first, await reportOf(first))).status).toBe(409);
    expect((await update(again, await reportOf(again))).status).toBe(200);
  });

  it('is tried exactly once more when the sandbox fails, and then says why', async () => {
    await clear();
    const id = await publish();
    expect(await (await fails(await claimOf(id))).json()).toEqual({ state: 'queued' });
    expect(await (await fails(await claimOf(id))).json()).toEqual({ state: 'unavailable' });
    expect(await claim()).toBeNull();
    expect(await newest(id)).toMatchObject({ state: 'unavailable', reason: 'The engine went away.' });
  });
});

describe('a report that does not hold', () => {
  it('is refused, whatever is wrong with it, and nothing of it is kept', async () => {
    await clear();
    const [id, otherId] = [await publish(), await publish()];
    const job = await claimOf(id);
    const stranger = await enrolCluster(world.admin, 'stranger');
    const good = await reportOf(job);
    const [one] = good.report.cases;
    const changed = (change: object) => ({ ...good.report, ...change });
    const withCases = async (cases: object[]) => {
      const report = changed({ cases });
      return { ...good, report, signature: await signed(report) };
    };
    const old = await reportOf({ ...job, id: otherId.replace('skv-', 'dry-') });
    const [unsafe, foreign] = [
      await resultOf(job, { runtime: { ...(one?.result.runtime as DryRunResult['runtime']), unsafe: true } }),
      await resultOf({ ...job, name: 'other' }),
    ];
    const wrong: [string, object][] = [
      ['another cluster’s signature', { ...good, signature: await signed(good.report, stranger) }],
      ['no signature', { ...good, signature: 'forged' }],
      [
        'a signature of its own for something else',
        { ...good, signature: await marked.sign({ digest: 'sha256:x' }, 'x') },
      ],
      ['a change after signing', { ...good, report: changed({ contentDigest: `sha256:${'0'.repeat(64)}` }) }],
      ['the report of another run', old],
      ['nothing of its tools', await withCases([{ ...one, tool: 'sing' }])],
      ['a result of the host’s own kernel', await withCases([{ ...one, result: unsafe }])],
      ['a result of another skill', await withCases([{ ...one, result: foreign }])],
      ['a result that was changed', await withCases([{ ...one, result: { ...one?.result, verdict: 'crashed' } }])],
    ];
    for (const [what, body] of wrong) {
      const answer = await update(job, body);
      expect(answer.status, what).toBe(422);
      expect(await codeOf(answer), what).toBe('VALIDATION_FAILED');
    }
    expect(await newest(id)).toMatchObject({ state: 'running', digest: null });
    expect((await update(job, good)).status).toBe(200);
    // Once ended, an old report of this very run is no news either.
    expect(await codeOf(await update(job, await reportOf(job, undeclared)))).toBe('STATE_CONFLICT');
  });
});

describe('a reviewer’s own run (A155)', () => {
  const ask = (versionId: string, body: object, by = world.reviewer) =>
    by.fetch(`/api/skills/private/${versionId}/dry-runs`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });

  it('goes to a cluster with this input, and what it saw stays with the version', async () => {
    await clear();
    const id = await publish();
    const first = await claimOf(id);
    await update(first, await reportOf(first));
    const asked = await ask(id, { tool: 'greet', input: { who: 'nobody looks' } });
    expect(asked.status).toBe(201);
    const { id: dryRunId } = await asked.json<{ id: string }>();
    const job = await claim();
    expect(job).toMatchObject({ id: dryRunId, tool: 'greet', input: { who: 'nobody looks' } });
    if (job === null) return;
    const other = await reportOf({ ...job, input: { who: 'you' } }, undeclared);
    expect((await update(job, other)).status).toBe(422);
    expect((await update(job, await reportOf(job, undeclared))).status).toBe(200);
    expect(await codeOf(await approve(id))).toBe('FINDINGS_BLOCK_APPROVAL');
    expect(await newest(id)).toMatchObject({ tool: 'greet', requestedBy: { name: expect.any(String) } });
  });

  it('is refused for a tool that there is not, an input that the tool would refuse, and an author', async () => {
    const id = await publish();
    expect((await ask(id, { tool: 'sing' })).status).toBe(422);
    expect((await ask(id, { tool: 'greet', input: { whom: 1 } })).status).toBe(422);
    expect((await ask(id, { input: {} })).status).toBe(422);
    expect((await ask(id, { tool: 'greet', input: { who: 'x'.repeat(33 * 1024) } })).status).toBe(422);
    expect((await ask(id, {}, world.acme.author)).status).toBe(403);
    expect((await ask(id, {}, world.globex.owner)).status).toBe(404);
  });

  it('waits its turn: a tenant has so many at once', async () => {
    const id = await publish();
    const answers = [];
    for (let n = 0; n < 21; n++) answers.push(await ask(id, {}));
    expect(answers.at(-1)?.status).toBe(403);
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(20);
  });
});
