import { AegisError } from '../errors.ts';
import { defineCommand } from './command.ts';
import { readCredentials, writeCredentials } from './credentials.ts';
import { findKeychain } from './keychain.ts';
import { nonEmpty, normaliseUrl, registryOptions } from './registry.ts';

/** `aegis logout`: forgets the token and the pinned keys of a registry. */
export const logout = defineCommand({
  usage: 'logout',
  summary: 'Forget the stored token of a registry, and its pinned keys',
  about: 'The key itself lives on: revoke it on the page “Keys” when the machine was lost.',
  arguments: { min: 0, max: 0 },
  options: { registry: registryOptions.registry },
  examples: [['aegis logout', 'At the registry of the last login']],
  async run({ io, values, print, result }) {
    const credentials = await readCredentials(io);
    const named = values.registry ?? nonEmpty(io.env.AEGIS_REGISTRY) ?? credentials.current;
    const url = named === null ? null : normaliseUrl(named);
    const stored = url === null ? undefined : credentials.registries[url];
    if (url === null || stored === undefined) {
      throw new AegisError('UNAUTHENTICATED', { detail: `You are not signed in${url === null ? '' : ` to ${url}`}.` });
    }
    if (stored.keychain !== undefined) await (await findKeychain(io))?.remove(url);
    delete credentials.registries[url];
    if (credentials.current === url) credentials.current = Object.keys(credentials.registries)[0] ?? null;
    await writeCredentials(io, credentials);
    result({ registry: url });
    print(`Signed out of ${url}.`);
    return 0;
  },
});
