import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLATFORM_ROLES, TENANT_ROLES } from '@aegis/skill-sdk/actions';
import { AegisError } from '@aegis/skill-sdk/errors';
import { z } from 'zod';

const Account = z.object({
  /** Slug of the tenant; null for the platform's own people. */
  tenant: z.string().nullable(),
  tenantId: z.string().nullable(),
  role: z.enum([...TENANT_ROLES, ...PLATFORM_ROLES]),
  email: z.string(),
  password: z.string(),
  /** Null where the registry has no keys: the platform's people always sign in. */
  apiKey: z.string().nullable(),
});
export type Account = z.infer<typeof Account>;

const DemoState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('loading') }),
  z.object({ state: z.literal('loaded'), accounts: z.array(Account) }),
]);
export type DemoState = z.infer<typeof DemoState>;

/** How far the demo data of a state folder is; null when it has none. */
export function readDemoState(stateDir: string): DemoState | null {
  const path = join(stateDir, 'demo.json');
  if (!existsSync(path)) return null;
  try {
    return DemoState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new AegisError('USAGE', {
      detail: `${path} is broken, and with it the accounts of the demo. Move ${stateDir} away to start anew.`,
      cause,
    });
  }
}

export function writeDemoState(stateDir: string, state: DemoState): void {
  writePrivately(join(stateDir, 'demo.json'), state);
}

/** Writes `{url, stateDir, accounts}` for scripts that drive the product. */
export function writeCredentials(
  path: string,
  credentials: { url: string; stateDir: string; accounts: Account[] },
): void {
  writePrivately(path, credentials);
}

/** Only its owner may read the file, also when one with wider rights was there before. */
function writePrivately(path: string, value: unknown): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(part, path);
}
