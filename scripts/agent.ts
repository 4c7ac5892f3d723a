import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

export const AGENT = join(ROOT, 'cluster-agent', 'bin', 'aegis-agent.js');
/** So long an agent may take to write down its state before it is killed. */
const STOP_WITHIN_MS = 8000;

export interface LocalAgent {
  /** Asks it to end, and waits until it has. */
  stop: () => Promise<void>;
  /** Resolves with its exit code, when it ends by itself. */
  ended: Promise<number>;
}

/** The environment of the agent of this machine, whose cluster is a folder of manifests below the state folder. */
export function agentEnvironment(registry: string, stateDir: string, joinToken: string | null): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AEGIS_REGISTRY: registry,
    AEGIS_STATE_DIR: join(stateDir, 'cluster-agent'),
    AEGIS_TARGET: 'manifests',
    AEGIS_MANIFESTS_DIR: join(stateDir, 'manifests'),
    AEGIS_HEALTH_PORT: 'off',
    // Without a sandbox here it says so, and nothing waits for it.
    AEGIS_DRY_RUN: 'on',
    ...(joinToken === null ? {} : { AEGIS_JOIN_TOKEN: joinToken }),
  };
}

/** Starts the cluster agent as a program of its own; what it says goes to `logs/cluster-agent.log`. */
export function startAgent(options: { registry: string; stateDir: string; joinToken: string | null }): LocalAgent {
  const { registry, stateDir, joinToken } = options;
  mkdirSync(join(stateDir, 'logs'), { recursive: true });
  const log = openSync(join(stateDir, 'logs', 'cluster-agent.log'), 'a', 0o600);
  const env = agentEnvironment(registry, stateDir, joinToken);
  const child = spawn(process.execPath, [AGENT, 'run'], { env, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<number>((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1));
    child.on('error', () => resolve(1));
  });
  return { ended, stop: () => endChild(child, ended) };
}

async function endChild(child: ChildProcess, ended: Promise<number>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
