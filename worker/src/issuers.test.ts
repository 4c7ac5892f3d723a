import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from './env.ts';
import { readIssuer } from './issuers.ts';

let server: Server;
let address: string;
let asked = 0;
let described: object | string;
beforeAll(async () => {
  server = createServer((_, response) => {
    asked++;
    response.writeHead(200).end(typeof described === 'string' ? described : JSON.stringify(described));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const at = (nowMs: number, APP_ENV: Config['APP_ENV'] = 'dev') => ({ nowMs, config: { APP_ENV } as Config });

test('an issuer is read once in ten minutes, unless somebody wants it anew', async () => {
  described = { issuer: address, jwks_uri: `${address}/jwks` };
  for (const nowMs of [0, 599_999]) await readIssuer(at(nowMs), address);
  expect(asked).toBe(1);
  await readIssuer(at(600_000), address);
  await readIssuer(at(600_001), address, true);
  expect(asked).toBe(3);
});

test.each([
  ['another issuer', () => ({ issuer: `${address}/`, jwks_uri: `${address}/jwks` }), 'the very same'],
  ['no keys', () => ({ issuer: address }), 'does not describe itself'],
  ['no JSON', () => 'hello', 'does not describe itself'],
])('one that describes %s is refused (Discovery 1.0, 4.3)', async (_, description, words) => {
  described = description();
  const refused = { code: 'UNAVAILABLE', detail: expect.stringContaining(words) };
  await expect(readIssuer(at(0), address, true)).rejects.toMatchObject(refused);
});

test('loopback is asked on a laptop only (SSRF)', async () => {
  await expect(readIssuer(at(0, 'production'), address, true)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
