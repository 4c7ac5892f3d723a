import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './test-io.ts';

/** Gives a program a bus of its own; the others are found on the path by the test and the daemon. */
const SESSION = 'dbus-run-session';
const NEEDED = [SESSION, 'gnome-keyring-daemon', 'secret-tool'];
const missing = NEEDED.filter((name) => !isProgram(name));

/** Why the real one is not met here; null where it can be. */
export const SKIP_REASON = missing.length === 0 ? null : ` (skipped: ${missing.join(', ')} not installed)`;

/** A Secret Service of its own bus, home and password for one test; answers the environment that reaches it. */
export async function realKeyring(): Promise<Record<string, string>> {
  const [home, runtime] = [await temporaryFolder(), await temporaryFolder()];
  const script = [
    // Comes back once it is unlocked and serves; it ends with its bus.
    'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1',
    'echo "$DBUS_SESSION_BUS_ADDRESS"',
    'read -r _ || true',
  ].join('\n');
  const own = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: runtime };
  const child = spawn(SESSION, ['--', 'sh', '-c', script], { env: own, stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  onTestFinished(async () => {
    child.stdin.end('\n');
    await ended;
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()));
  });
  return { ...own, DBUS_SESSION_BUS_ADDRESS: address };
}

function isProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
