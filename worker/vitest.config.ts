import { fileURLToPath } from 'node:url';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig, type Plugin } from 'vitest/config';
import { FILES_AT_ONCE, testsByRuntime } from './test-runtimes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** An Ed25519 key pair for tests only; never a key of a running registry. */
async function testKey(purpose: string) {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  const { kty, crv, x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return { kid: `test-${purpose}`, privateJwk: { kty, crv, x, d } };
}

/**
 * Four fifths of what a Worker of tests loads are source maps of packages; with them the modules together are larger
 * than the 32 MiB that workerd takes in one message.
 */
const withoutMapsOfPackages: Plugin = {
  name: 'without-maps-of-packages',
  enforce: 'post',
  transform: (code, id) => (id.includes('/node_modules/') ? { code, map: { mappings: '' } } : null),
};

export default defineConfig({
  resolve: { conditions: ['aegis-source'] },
  ssr: { resolve: { conditions: ['aegis-source', 'workerd', 'worker', 'browser'] } },
  plugins: [
    withoutMapsOfPackages,
    cloudflareTest(async () => ({
      main: `${root}worker/src/index.ts`,
      wrangler: { configPath: `${root}wrangler.toml` },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations(`${root}migrations`),
          APP_ENV: 'dev',
          APP_ORIGIN: 'http://localhost:8788',
          AUTH_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
          SETUP_TOKEN_HASH: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          RATE_LIMIT_PER_MINUTE: '1000000',
          MAIL_SENDER: 'outbox',
          // `full` for a proof at its full count.
          PROOF: process.env.AEGIS_PROOF ?? '',
          // No name server is asked in these tests: this one is not of the public net, so the guard refuses it.
          DNS_OVER_HTTPS: 'https://names.internal/dns-query',
          // Most tests are not about second factors; those that are send their requests without this.
          DEMO: 'on',
          SIGNING_KEYS: JSON.stringify({
            approval: await testKey('approval'),
            state: await testKey('state'),
            checkpoint: await testKey('checkpoint'),
          }),
        },
      },
    })),
  ],
  test: {
    name: 'worker',
    maxWorkers: FILES_AT_ONCE,
    include: testsByRuntime().workerd,
    setupFiles: ['src/testing/migrate.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
