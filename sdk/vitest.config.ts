import { defineConfig } from 'vitest/config';

/** Every branch of these is taken by a test: what a package is, what it may do, and how it is told apart. */
const WHOLE = ['manifest', 'permissions', 'archive', 'tar', 'gzip', 'package-path', 'digest', 'ids', 'errors'];

export default defineConfig({
  resolve: { conditions: ['aegis-source'] },
  ssr: { resolve: { conditions: ['aegis-source', 'module', 'node', 'import', 'default'] } },
  test: {
    name: 'sdk',
    include: ['src/**/*.test.ts'],
    environment: 'node',
    testTimeout: 20_000,
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      thresholds: Object.fromEntries(WHOLE.map((name) => [`src/${name}.ts`, { branches: 100 }])),
    },
  },
});
