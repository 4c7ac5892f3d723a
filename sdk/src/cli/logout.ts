import { AegisError } from '../errors.ts';
import { defineCommand } from './command.ts';
import { readCredentials, type StoredRegistry, writeCredentials } from './credentials.ts';
import type { Io } from './io.ts';
import { findKeychain } from './keychain.ts';
import { connect, nonEmpty, normaliseUrl, registryOptions } from './registry.ts';
import { storedToken } from './stored-token.ts';

/** `aegis logout`: revokes the key that was made for this machine, and forgets it and the pinned keys of the registry. */
export const logout = defineCommand({
  usage: 'logout',
  summary: 'Revoke the key of this machine, and forget it and the pinned keys of its registry',
  about:
    'A key that `aegis login` got by device flow is revoked at the registry: nobody who copied it can use it on. A key that\nyou gave with --token may be in use elsewhere, so it is forgotten here and lives on, unless you say --revoke.',
  arguments: { min: 0, max: 0 },
  options: {
    registry: registryOptions.registry,
    revoke: { type: 'boolean', text: 'Revoke the key also when it was given with --token' },
  },
  examples: [['aegis logout', 'At the registry of the last login']],
  exitCodes: [
    [0, 'signed out, and the key revoked where it was to be'],
    [1, 'signed out here, and the key could not be revoked: it works until it expires'],
  ],
  async run({ io, values, print, warn, paint, result }) {
    const credentials = await readCredentials(io);
    const named = values.registry ?? nonEmpty(io.env.AEGIS_REGISTRY) ?? credentials.current;
    const url = named === null ? null : normaliseUrl(named);
    const stored = url === null ? undefined : credentials.registries[url];
    if (url === null || stored === undefined) {
      throw new AegisError('UNAUTHENTICATED', { detail: `You are not signed in${url === null ? '' : ` to ${url}`}.` });
    }
    const isWanted = stored.device === true || values.revoke === true;
    const problem = isWanted ? await revoke(io, url, stored, warn) : null;
    if (stored.keychain !== undefined) await (await findKeychain(io))?.remove(url);
    delete credentials.registries[url];
    if (credentials.current === url) credentials.current = Object.keys(credentials.registries)[0] ?? null;
    await writeCredentials(io, credentials);
    const revoked = isWanted && problem === null;
    result({ registry: url, revoked, problem });
    print(`Signed out of ${url}${revoked ? '; the key of this machine is revoked' : ''}.`);
    if (problem !== null) {
      warn(
        `${paint('red', '✗')} The key could not be revoked, and works until it expires: ${problem}\n  Revoke it on the page “Keys”.`,
      );
    } else if (!isWanted)
      print(paint('dim', '  The key itself lives on; `aegis logout --revoke` would have ended it.'));
    return problem === null ? 0 : 1;
  },
});

/** Revokes the stored key; the reason why not, or null. A key that is dead already is what was wanted. */
async function revoke(
  io: Io,
  url: string,
  stored: StoredRegistry,
  warn: (line: string) => void,
): Promise<string | null> {
  try {
    await connect(io, url, await storedToken(io, url, stored), warn).keys.revokeOwn();
    return null;
  } catch (error) {
    if (!(error instanceof AegisError)) throw error;
    const isDead = error.code === 'UNAUTHENTICATED' && error.requestId !== undefined;
    return isDead ? null : (error.detail ?? error.title);
  }
}
