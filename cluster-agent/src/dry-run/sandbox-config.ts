import { AegisError } from '@aegis/skill-sdk/errors';
import type { DockerOptions } from './docker.ts';

const RUNTIMES = ['runsc', 'kata-runtime', 'kata', 'io.containerd.runsc.v1', 'io.containerd.kata.v2'];

/** Where sandboxes come from, read from the environment. @throws AegisError USAGE for a value that means nothing */
export function parseSandboxConfig(environment: Record<string, string | undefined>): DockerOptions {
  const given = (name: string) => (environment[name] === '' ? undefined : environment[name]);
  const unsafe = given('AEGIS_ALLOW_UNSAFE_SANDBOX');
  if (unsafe !== undefined && unsafe !== 'dev') {
    throw new AegisError('USAGE', {
      detail: `AEGIS_ALLOW_UNSAFE_SANDBOX is ${unsafe}; the only value that means something is dev: it also runs tools on the host's own kernel, and stamps their results.`,
    });
  }
  const runtimes = given('AEGIS_SANDBOX_RUNTIMES')
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return {
    socket: (given('AEGIS_DOCKER_SOCKET') ?? '/var/run/docker.sock').replace(/^unix:\/\//, ''),
    runtimes: runtimes ?? RUNTIMES,
    image: given('AEGIS_SANDBOX_IMAGE') ?? 'aegis/dry-run:latest',
    allowUnsafe: unsafe === 'dev',
  };
}
