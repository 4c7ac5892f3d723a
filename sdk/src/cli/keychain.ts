import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Io } from './io.ts';

/** Where the operating system keeps secrets for this person. A secret is never an argument: others see those. */
export interface Keychain {
  kind: 'secret-service' | 'macos';
  /** Null when there is none for that registry. */
  read(registry: string): Promise<string | null>;
  write(registry: string, secret: string): Promise<void>;
  remove(registry: string): Promise<void>;
}

/** A keychain that asks its person to unlock it has this long; one that cannot ask fails at once. */
const TIMEOUT_MS = 60_000;
const SERVICE = 'aegis';

/**
 * The keychain of this machine, used through the system's own program; null where there is none, or none that this
 * session reaches, or where AEGIS_KEYCHAIN is `off`.
 */
export async function findKeychain(io: Io, platform: NodeJS.Platform = process.platform): Promise<Keychain | null> {
  if (io.env.AEGIS_KEYCHAIN === 'off') return null;
  if (platform === 'darwin') {
    const program = await find(io, 'security');
    return program === null ? null : macos(io, program);
  }
  if (platform !== 'linux' || (io.env.DBUS_SESSION_BUS_ADDRESS ?? '') === '') return null;
  const program = await find(io, 'secret-tool');
  return program === null ? null : secretService(io, program);
}

/** libsecret's own tool: it takes the secret on standard input, and leaves with 1 when there is none. */
function secretService(io: Io, program: string): Keychain {
  const attributes = (registry: string) => ['service', SERVICE, 'registry', registry];
  return {
    kind: 'secret-service',
    read: async (registry) => {
      const { code, stdout, stderr } = await run(io, program, ['lookup', ...attributes(registry)]);
      if (code === 0 && stdout !== '') return stdout.trim();
      if (stderr === '') return null;
      throw new Error(stderr);
    },
    write: async (registry, secret) => {
      require0(await run(io, program, ['store', `--label=Aegis ${registry}`, ...attributes(registry)], secret));
    },
    remove: async (registry) => {
      await run(io, program, ['clear', ...attributes(registry)]);
    },
  };
}

/** What `security` leaves with when there is no such item. */
const NO_ITEM = 44;

/** macOS: `security -i` reads its commands, and so the secret, from standard input. */
function macos(io: Io, program: string): Keychain {
  const item = (registry: string) => ['-s', SERVICE, '-a', registry];
  return {
    kind: 'macos',
    read: async (registry) => {
      const ran = await run(io, program, ['find-generic-password', ...item(registry), '-w']);
      if (ran.code === NO_ITEM) return null;
      return require0(ran).trim();
    },
    write: async (registry, secret) => {
      // What would end the quotes there is in no token and no address.
      if (/["\\\s]/.test(registry + secret)) throw new Error('a token with quotes cannot be stored');
      const line = `add-generic-password -U -s "${SERVICE}" -a "${registry}" -w "${secret}"\n`;
      require0(await run(io, program, ['-i'], line));
      if (require0(await run(io, program, ['find-generic-password', ...item(registry), '-w'])).trim() !== secret)
        throw new Error('the keychain does not hold what was stored');
    },
    remove: async (registry) => {
      await run(io, program, ['delete-generic-password', ...item(registry)]);
    },
  };
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

function require0({ code, stdout, stderr }: Ran): string {
  if (code === 0) return stdout;
  throw new Error(stderr.trim() === '' ? `it ended with ${code}` : stderr.trim());
}

async function find(io: Io, name: string): Promise<string | null> {
  for (const folder of (io.env.PATH ?? '').split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}

function run(io: Io, program: string, args: string[], stdin = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...io.env }, stdio: 'pipe', signal: io.signal, timeout: TIMEOUT_MS });
    const ran = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        ran[stream] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, ...ran }));
    // A tool that did not read its input before it failed says why by itself.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}
