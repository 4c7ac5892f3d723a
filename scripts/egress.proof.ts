// Proof: of 20,000 connections that a real HAProxy denies while the registry is away and the agent beside it is killed
// with SIGKILL again and again, each is counted at the registry exactly once. `npm run prove -- egress [CONNECTIONS]`;
// the suite of the gateway does the same with a few hundred.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './root.ts';

const CONNECTIONS = process.argv[2] ?? '20000';

const suite = [
  'run',
  '--project',
  'cluster-agent',
  'cluster-agent/src/gateway/gateway.test.ts',
  '-t',
  'loses and doubles',
];
const { status } = spawnSync(join(ROOT, 'node_modules', '.bin', 'vitest'), suite, {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, AEGIS_FLOOD: CONNECTIONS },
});
process.exit(status ?? 1);
