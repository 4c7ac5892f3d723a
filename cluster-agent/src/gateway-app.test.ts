import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from './config.ts';
import { readIfThere } from './durable.ts';
import { gatewayFiles } from './gateway/files.ts';
import { runGateway } from './gateway-app.ts';
import { makeKey, writeIdentity } from './identity.ts';
import { statePaths } from './paths.ts';
import { temporaryFolder } from './testing/folder.ts';
import { clusterId, makeRegistryKey } from './testing/identity.ts';
import { recordedLog } from './testing/log.ts';
import { startTestRegistry } from './testing/registry.ts';
import { signedDocument } from './testing/signed.ts';

async function configured(more: Record<string, string>) {
  const folder = await temporaryFolder();
  const environment = {
    AEGIS_REGISTRY: 'http://127.0.0.1:9',
    AEGIS_STATE_DIR: join(folder, 's'),
    AEGIS_GATEWAY_DIR: folder,
  };
  return parseConfig({ ...environment, ...more });
}

it('takes over the identity of the cluster’s agent, and says what is missing when there is none', async () => {
  const identityDir = await temporaryFolder();
  const config = await configured({ AEGIS_IDENTITY_DIR: identityDir });
  const { log } = recordedLog();
  await expect(runGateway({ config, signal: AbortSignal.abort(), log })).rejects.toMatchObject({
    code: 'USAGE',
    detail: expect.stringContaining('Let the cluster’s agent join'.replace('’', "'")),
  });
  const from = statePaths(identityDir);
  await makeKey(from);
  const { publicKey } = await makeRegistryKey('state');
  await writeIdentity(from, { clusterId: clusterId(), name: 'berlin', keys: { keys: [publicKey] } });
  await runGateway({ config, signal: AbortSignal.abort(), log });
  expect(await readIfThere(statePaths(config.stateDir).key)).toEqual(await readIfThere(from.key));
});

it('gives HAProxy no configuration before a state is adopted, then one that names no tenant, with the maps beside it', async () => {
  const registry = await startTestRegistry();
  const document = await signedDocument(registry.approvalKey, { mode: 'hard' });
  await registry.publish(document);
  registry.fault = (request) => (request.includes('/state') ? { status: 503 } : undefined);
  const config = await configured({ AEGIS_REGISTRY: registry.url, AEGIS_JOIN_TOKEN: registry.joinToken });
  const files = gatewayFiles(config.gatewayDir);
  const stop = new AbortController();
  const running = runGateway({ config, signal: stop.signal, log: recordedLog().log });
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  await vi.waitFor(() => expect(registry.requests.some((request) => request.includes('/state'))).toBe(true), 15_000);
  expect(await readIfThere(files.allowed)).toBeNull();
  registry.fault = () => undefined;
  const text = await vi.waitFor(async () => {
    const found = await readIfThere(files.config);
    expect(found).not.toBeNull();
    return String(found);
  }, 15_000);
  expect(text).not.toContain(document.tenantId);
  expect(text).not.toContain('weather');
  expect(String(await readIfThere(files.modes))).toBe(`${document.tenantId} hard|7\n`);
  expect(String(await readIfThere(files.allowed))).toContain('|tls|443|api.weather.example 1\n');
  // Whatever the gateway does, the acknowledgement is the cluster agent's.
  expect(registry.acks).toEqual([]);
});
