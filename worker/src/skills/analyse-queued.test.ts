import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisMessage, Env } from '../env.ts';
import { publishWith } from '../testing/uploads.ts';
import { createWorld, packSkill, type World } from '../testing/world.ts';
import { analyseQueued } from './analyse-queued.ts';

let world: World;
let secret: string;
let names = 0;

beforeAll(async () => {
  world = await createWorld();
  const { owner, id } = world.acme;
  const made = await owner.json<{ secret: string }>(`/api/tenants/${id}/keys`, {
    method: 'POST',
    body: { name: 'publish', scopes: ['skill:publish', 'skill:read'], ownedBy: 'tenant', days: 1 },
  });
  secret = made.secret;
}, 120_000);

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** A picture of 1.2 MB: too large for the request, and quickly analysed. */
const picture = Uint8Array.from({ length: 1_200_000 }, (_, at) => PNG[at] ?? ((at * 2_654_435_761) >>> 13) & 0xff);
const large = () =>
  packSkill({ name: `large-${++names}`, files: [{ path: 'chart.png', bytes: picture, mode: '0644' }] });

/** The bindings without a queue: what is sent is lost, as with a local queue whose process ends. */
const noQueue = (): Env => ({
  ...env,
  ANALYSES: { ...env.ANALYSES, send: () => Promise.reject(new Error('lost')) } as never,
});

interface ReportRow {
  id: string;
  state: string;
  tries: number;
  error: string | null;
  digest: string | null;
}
const reportsOf = async (versionId: string) =>
  (
    await env.DB.prepare('select id, state, tries, error, digest from reports where version_id = ? order by id')
      .bind(versionId)
      .all<ReportRow>()
  ).results;

async function publishQueued(): Promise<{ id: string; attempt: string; reportId: string }> {
  const answer = await publishWith(secret, large(), noQueue());
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  const [report] = await reportsOf(id);
  return { id, attempt: answer.headers.get('aegis-attempt') ?? '', reportId: report?.id ?? '' };
}

let messages = 0;
/** Delivers one message to the consumer; answers whether it asked for it again. */
async function deliver(reportId: string, bindings: Env = env): Promise<'ack' | 'retry'> {
  const id = `message-${++messages}`;
  const batch = createMessageBatch<AnalysisMessage>('aegis-analyses', [
    { id, timestamp: new Date(0), attempts: 1, body: { reportId } },
  ]);
  await analyseQueued(batch, bindings);
  const result = await getQueueResult(batch, createExecutionContext());
  return result.retryMessages.length > 0 ? 'retry' : 'ack';
}

const withoutPackages = (): Env => ({
  ...env,
  ARTIFACTS: { get: () => Promise.reject(new Error('R2 is away')) } as never,
});
const review = (id: string, body: object) =>
  world.reviewer.fetch(`/api/admin/skills/private/${id}/review`, { method: 'PUT', body });
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

describe('a package too large for its request', () => {
  it('A145: is analysed by the queue that the upload fills', async () => {
    const answer = await publishWith(secret, large());
    const { id } = (await answer.json()) as { id: string };
    await expect.poll(async () => (await reportsOf(id))[0]?.state, { timeout: 20_000 }).toBe('done');
    expect(await world.acme.author.json(`/api/skills/private/${id}/report`)).toMatchObject({
      kind: 'static',
      files: 3,
    });
  });

  it('has no report and no approval before, and says so', async () => {
    const { id, attempt, reportId } = await publishQueued();
    expect(await codeOf(await world.acme.author.fetch(`/api/skills/private/${id}/report`))).toEqual([
      409,
      'ANALYSIS_PENDING',
    ]);
    expect(await codeOf(await review(id, { status: 'approved', notes: 'Fine.' }))).toEqual([409, 'ANALYSIS_PENDING']);
    const path = `/api/skills/private/attempts/${attempt}`;
    expect(await world.acme.author.json(path)).toMatchObject({ state: 'analysing', problem: null });
    expect(await deliver(reportId)).toBe('ack');
    expect(await world.acme.author.json(path)).toMatchObject({ state: 'in_review' });
  });

  it('is analysed once, however often its message comes', async () => {
    const { id, reportId } = await publishQueued();
    await Promise.all([deliver(reportId), deliver(reportId)]);
    const [once] = await reportsOf(id);
    expect(once).toMatchObject({ state: 'done', tries: 1 });
    expect(await deliver(reportId)).toBe('ack');
    expect(await reportsOf(id)).toEqual([once]);
  });

  it('counts as failed after three tries; then nothing is approved without a tick', async () => {
    const { id, reportId } = await publishQueued();
    expect([await deliver(reportId, withoutPackages()), await deliver(reportId, withoutPackages())]).toEqual([
      'retry',
      'retry',
    ]);
    expect((await reportsOf(id))[0]).toMatchObject({ state: 'queued', tries: 2 });
    expect(await deliver(reportId, withoutPackages())).toBe('ack');
    expect((await reportsOf(id))[0]).toMatchObject({
      state: 'failed',
      tries: 3,
      error: 'could not analyse',
      digest: null,
    });
    expect(await codeOf(await review(id, { status: 'approved', notes: 'Fine.' }))).toEqual([
      422,
      'FINDINGS_NOT_ACKNOWLEDGED',
    ]);
    const { gates } = await world.reviewer.json<{ gates: object[] }>(`/api/admin/skills/private/${id}/review`);
    expect(gates).toContainEqual(expect.objectContaining({ id: 'analysis-failed', state: 'attention' }));
    const ticked = await review(id, { status: 'approved', notes: 'Read by hand.', acknowledged: ['analysis-failed'] });
    expect(ticked.status).toBe(200);
  });

  it('needs no report once it was deleted', async () => {
    const { id, reportId } = await publishQueued();
    await world.acme.author.json(`/api/skills/private/${id}`, { method: 'DELETE' });
    expect(await deliver(reportId)).toBe('ack');
    expect((await reportsOf(id))[0]).toMatchObject({ state: 'failed', error: 'the version was deleted' });
  });
});

describe('work whose message or consumer died', () => {
  const age = (reportId: string, state: string) =>
    env.DB.prepare('update reports set created_at_ms = 1, state = ? where id = ?').bind(state, reportId).run();

  it.each(['queued', 'running'])('is found %s when somebody asks, and done', async (state) => {
    const { id, attempt, reportId } = await publishQueued();
    await age(reportId, state);
    await world.acme.author.json(`/api/skills/private/attempts/${attempt}`);
    await expect.poll(async () => (await reportsOf(id)).at(-1)?.state, { timeout: 20_000 }).toBe('done');
    expect((await reportsOf(id))[0]).toMatchObject({ id: reportId, state: 'failed' });
    expect((await world.acme.author.fetch(`/api/skills/private/${id}/report`)).status).toBe(200);
  });

  it('is given up after three lives', async () => {
    const { id, attempt, reportId } = await publishQueued();
    await env.DB.prepare('update reports set tries = 2 where id = ?').bind(reportId).run();
    await age(reportId, 'running');
    await world.acme.author.json(`/api/skills/private/attempts/${attempt}`);
    await expect
      .poll(async () => (await reportsOf(id)).map((report) => report.state), { timeout: 20_000 })
      .toEqual(['failed']);
  });
});
