import { defineConfig } from 'vitest/config';

/** The SDK is read from its source, as the agent in a checkout does. */
const conditions = ['aegis-source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions: ['aegis-source'] },
  ssr: { resolve: { conditions } },
  test: {
    name: 'cluster-agent',
    include: ['src/**/*.test.ts'],
    environment: 'node',
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
