import { expect, it } from 'vitest';
import { sendJson, sendProblem, serve } from '../../testing/loopback.ts';
import { TENANT } from '../../testing/signing-registry.ts';
import { testIo } from '../../testing/test-io.ts';
import { connectAsJob, isCiJob } from './ci-job.ts';

/** A runner that hands out tokens, and a registry that takes them; the real one is met end to end. */
async function job(env: Record<string, string> = {}) {
  const runner = await serve((request, response) => {
    if (request.headers.authorization !== 'bearer runner') return sendProblem(response, 401, 'UNAUTHENTICATED');
    sendJson(response, { value: `for ${new URL(request.url, 'http://runner.test').searchParams.get('audience')}` });
  });
  let exchanged = 0;
  const registry = await serve((request, response) => {
    if (request.url !== '/api/ci/token') return sendJson(response, { status: String(request.headers.authorization) });
    const token = { access_token: `aec_${++exchanged}`, token_type: 'Bearer', expires_in: 900, tenant_id: TENANT };
    sendJson(response, { ...token, skill: 'greeter' });
  });
  const io = await testIo({
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${runner.url}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner',
      ...env,
    },
  });
  return { io, registry };
}

it('asks the runner for a token that names this registry, and shows it there (X6)', async () => {
  const { io, registry } = await job();
  expect(isCiJob(io)).toBe(true);
  const { client, tenantId } = await connectAsJob(io, registry.url, 'greeter', () => {});
  expect(tenantId).toBe(TENANT);
  expect(JSON.parse(String(registry.received[0]?.body))).toEqual({ token: `for ${registry.url}`, skill: 'greeter' });
  expect((await client.health()).status).toBe('Bearer aec_1');
  // A long wait outlives the fifteen minutes.
  await io.wait(14 * 60_000);
  expect((await client.health()).status).toBe('Bearer aec_2');
});

it('takes a token that the job was given, for other CI systems', async () => {
  const { io, registry } = await job({ AEGIS_ID_TOKEN: 'given' });
  await connectAsJob(io, registry.url, 'greeter', () => {});
  expect(JSON.parse(String(registry.received[0]?.body))).toMatchObject({ token: 'given' });
});

it('says what the workflow lacks, and does not go on without', async () => {
  const { io, registry } = await job({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' });
  await expect(connectAsJob(io, registry.url, 'greeter', () => {})).rejects.toThrow('id-token: write');
  const wrong = await job({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'other' });
  await expect(connectAsJob(wrong.io, wrong.registry.url, 'greeter', () => {})).rejects.toThrow('answered 401');
  expect(isCiJob(await testIo())).toBe(false);
});
