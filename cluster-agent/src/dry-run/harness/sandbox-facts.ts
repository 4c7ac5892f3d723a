import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release, version } from 'node:os';
import type { HarnessMessage } from './messages.ts';

export function kernel(): Extract<HarnessMessage, { kind: 'ready' }>['kernel'] {
  return {
    release: release(),
    version: version(),
    commandLine: readOrEmpty('/proc/cmdline').trim(),
    firstMessage: firstMessage(),
    hypervisor: /^flags.*\bhypervisor\b/m.test(readOrEmpty('/proc/cpuinfo')),
  };
}

function firstMessage(): string {
  try {
    return (
      execFileSync('/bin/dmesg', { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString('utf8')
        .split('\n')[0] ?? ''
    );
  } catch {
    // Reading the host's log is refused, and that is as it should be.
    return '';
  }
}

export function network(): { interfaces: string[]; routes: number } {
  const interfaces = readOrEmpty('/proc/net/dev')
    .split('\n')
    .flatMap((line) => (line.includes(':') ? [line.slice(0, line.indexOf(':')).trim()] : []));
  const routes = readOrEmpty('/proc/net/route')
    .split('\n')
    .slice(1)
    .filter((line) => line !== '' && !line.startsWith('lo'));
  return { interfaces, routes: routes.length };
}

export function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
