import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sendJson, serve } from '../../testing/loopback.ts';
import { type Office, openOffice } from '../../testing/office.ts';
import { temporaryFolder } from '../../testing/test-io.ts';
import { createTransport } from '../transport.ts';
import { outboundFetch } from './outbound.ts';

const BIN = fileURLToPath(new URL('../../bin/aegis.js', import.meta.url));

/** A registry that answers, and an office around it. */
async function world(options: { plainProxy?: boolean } = {}) {
  const { url, received } = await serve((_request, response) => sendJson(response, { status: 'ok', wire: '1.0' }));
  const office = await openOffice(Number(new URL(url).port), options);
  return { office, received };
}

/** What asking the registry for its health gives in that environment: `ok`, or the words of the error. */
async function ask(url: string, environment: Record<string, string>, retries: string[] = []): Promise<string> {
  const transport = createTransport({
    url,
    fetch: async (...request) => outboundFetch(environment)(...request),
    token: () => null,
    headers: {},
    timeoutMs: 10_000,
    wait: async () => undefined,
    onRetry: ({ error }) => retries.push(error.message),
    random: () => 1,
    now: Date.now,
  });
  return transport.json({ method: 'GET', path: '/api/health' }, z.object({ status: z.string() })).then(
    ({ status }) => status,
    (error: Error) => error.message,
  );
}

const inside = ({ caFile, proxy }: Office) => ({ AEGIS_CA_FILE: caFile, HTTPS_PROXY: proxy });

describe('in an office', () => {
  it.each([false, true])(
    'a registry is reached through the proxy, and its private CA is trusted (plain: %s)',
    async (plainProxy) => {
      const { office, received } = await world({ plainProxy });
      expect(await ask(office.registry, inside(office))).toBe('ok');
      expect(office.connects).toEqual(['registry.example:443']);
      expect(received).toHaveLength(1);
    },
  );

  it('user and password reach the proxy, and only it', async () => {
    const { office, received } = await world();
    const seen: (string | undefined)[] = [];
    office.refuse = (credential) => {
      seen.push(credential);
      return credential === undefined ? 407 : null;
    };
    const proxy = office.proxy.replace('//', '//ada:p%40ss@');
    expect(await ask(office.registry, { ...inside(office), HTTPS_PROXY: proxy })).toBe('ok');
    expect(seen).toEqual([`Basic ${Buffer.from('ada:p@ss').toString('base64')}`]);
    expect(received[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('loopback and what NO_PROXY names are reached directly', async () => {
    const { office } = await world();
    expect(await ask(office.direct, inside(office))).toBe('ok');
    const words = await ask(office.registry, { ...inside(office), NO_PROXY: 'registry.example' });
    expect(words).toMatch(/^Cannot reach https:\/\/registry\.example\/api\/health \((ENOTFOUND|EAI_AGAIN)\)/);
    expect(office.connects).toEqual([]);
  });
});

describe('an office that does not let us out says so', () => {
  it.each([
    [407, 'wants a user and a password. Name them: HTTPS_PROXY=https://USER:PASSWORD@localhost'],
    [403, 'does not let that address through. Ask who runs the proxy'],
    [503, 'cannot reach that address'],
  ])('when the proxy answers %i', async (status, words) => {
    const { office, received } = await world();
    let asked = 0;
    office.refuse = () => {
      asked++;
      return status;
    };
    const told = await ask(office.registry, inside(office));
    expect(told).toContain(`(HTTPS_PROXY) answered ${status} when asked for registry.example: it ${words}`);
    expect(received).toHaveLength(0);
    // What the proxy forbids it forbids again; what it cannot reach now it may reach in a second.
    expect(asked).toBe(status >= 500 ? 4 : 1);
  });

  it('when user and password are wrong, without repeating them', async () => {
    const { office } = await world();
    office.refuse = () => 407;
    const told = await ask(office.registry, {
      ...inside(office),
      HTTPS_PROXY: office.proxy.replace('//', '//ada:hunter2@'),
    });
    expect(told).toContain('does not take the user and password in HTTPS_PROXY');
    expect(told).not.toMatch(/ada|hunter2/);
  });

  it('when nothing listens where the proxy should be, or its name is unknown', async () => {
    const { office } = await world();
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const address = free.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await new Promise((resolve) => free.close(resolve));
    expect(await ask(office.registry, { HTTPS_PROXY: `http://127.0.0.1:${port}` })).toBe(
      `Cannot reach the proxy http://127.0.0.1:${port} (HTTPS_PROXY) (ECONNREFUSED). Check its address, your network and VPN; what needs no proxy is named in NO_PROXY.`,
    );
    expect(await ask(office.registry, { https_proxy: 'http://proxy.invalid:3128' })).toMatch(
      /^Cannot reach the proxy http:\/\/proxy\.invalid:3128 \(https_proxy\) \((ENOTFOUND|EAI_AGAIN)\)/,
    );
  });

  it('when its CA is unknown, with the variable to set: on the way out and to the proxy', async () => {
    const { office } = await world();
    const retries: string[] = [];
    expect(await ask(office.direct, {}, retries)).toMatch(
      /not trust.*name its PEM file in AEGIS_CA_FILE or NODE_EXTRA_CA_CERTS/,
    );
    expect(await ask(office.registry, { HTTPS_PROXY: office.proxy }, retries)).toMatch(
      /AEGIS_CA_FILE or NODE_EXTRA_CA_CERTS/,
    );
    // A certificate does not become trusted by asking again.
    expect(retries).toEqual([]);
  });

  it('when AEGIS_CA_FILE is missing, holds no certificate, or a broken one', async () => {
    const { office } = await world();
    const folder = await temporaryFolder();
    const file = join(folder, 'ca.pem');
    expect(await ask(office.direct, { AEGIS_CA_FILE: file })).toBe(
      `AEGIS_CA_FILE names ${file}, which cannot be read (ENOENT); wanted a file with the certificate of your CA as PEM (-----BEGIN CERTIFICATE-----).`,
    );
    await writeFile(file, Buffer.from('3082010a', 'hex'));
    expect(await ask(office.direct, { AEGIS_CA_FILE: file })).toContain('holds no such certificate');
    await writeFile(file, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    expect(await ask(office.direct, { AEGIS_CA_FILE: file })).toContain('holds a certificate that cannot be read');
  });
});

it('the program itself goes that way, and ends at once when it is done', async () => {
  const { office } = await world();
  const home = await temporaryFolder();
  const environment = { ...inside(office), HOME: home, PATH: process.env.PATH, AEGIS_REGISTRY: office.registry };
  const { code, stderr } = await run(['whoami'], { ...environment, AEGIS_TOKEN: 'aeg_x' });
  // It was reached, and is not what it should be: the health that it answers is no person.
  expect(stderr).toContain('NOT_A_REGISTRY');
  expect(code).toBe(3);
  expect(office.connects).toEqual(['registry.example:443']);
});

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
}
