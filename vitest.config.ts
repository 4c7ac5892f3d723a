import { defineConfig } from 'vitest/config';
import { FILES_AT_ONCE, testsByRuntime } from './worker/test-runtimes.ts';

/** Everything that runs in Node reads the sdk from its source, as the Worker's project does. */
const resolve = { conditions: ['aegis-source'] };
const ssr = { resolve: { conditions: ['aegis-source', 'module', 'node', 'import', 'default'] } };

function nodeProject(name: string, include: string[], { globalSetup = [] as string[], timeoutMs = 60_000 } = {}) {
  return {
    resolve,
    ssr,
    test: {
      name,
      include,
      globalSetup,
      environment: 'node',
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // A worker serves many files: no test may leave anything behind, and the sdk is read once instead of 200 times.
      isolate: false,
    },
  };
}

/** What wants a real Kubernetes API, which a bare machine has to build first: it comes last, one file after another. */
const CLUSTER = [
  'cluster-agent/src/targets/target.case.test.ts',
  'cluster-agent/src/targets/kubernetes/kubernetes.test.ts',
  'cluster-agent/src/targets/kubernetes/lease.test.ts',
  'cluster-agent/src/gateway/cluster-pods.test.ts',
  'cluster-agent/chart/chart.test.ts',
];
const agent = nodeProject('cluster-agent', ['cluster-agent/src/**/*.test.ts']);
const cluster = nodeProject('cluster', CLUSTER);

export default defineConfig({
  test: {
    maxWorkers: FILES_AT_ONCE,
    projects: [
      nodeProject('sdk', ['sdk/src/**/*.test.ts', 'sdk/scripts/**/*.test.ts']),
      'worker/vitest.config.ts',
      nodeProject('worker-rules', testsByRuntime().node),
      nodeProject('dashboard', ['dashboard/src/**/*.test.ts']),
      { ...agent, test: { ...agent.test, exclude: CLUSTER } },
      { ...cluster, test: { ...cluster.test, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      nodeProject('examples', ['examples/**/*.test.ts']),
      nodeProject('scripts', ['scripts/**/*.test.ts', 'tools/**/*.test.ts']),
      nodeProject('e2e', ['e2e/**/*.test.ts'], { globalSetup: ['e2e/stack.ts'], timeoutMs: 300_000 }),
      nodeProject('tidy', ['tidy/**/*.test.ts']),
    ],
    coverage: {
      provider: 'istanbul',
      include: ['{sdk,worker,cluster-agent}/src/**/*.ts', 'dashboard/src/lib/**/*.ts', 'scripts/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.case.test.ts', '**/.svelte-kit/**', '**/testing/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
    },
  },
});
