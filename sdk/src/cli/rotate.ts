import { AegisError } from '../errors.ts';
import { KEY_OVERLAP_HOURS_DEFAULT, KEY_OVERLAP_HOURS_MAX } from '../limits.ts';
import { defineCommand } from './command.ts';
import { readCredentials, writeCredentials } from './credentials.ts';
import { nonEmpty, openRegistry, registryOptions } from './registry.ts';
import { keepToken } from './stored-token.ts';

/** `aegis rotate`: a new secret for the stored API key, with the old one working on for a while. */
export const rotate = defineCommand({
  usage: 'rotate',
  summary: 'Replace the stored API key’s secret by a new one',
  about:
    'The old secret works on for the overlap, for programs that still have it. The key keeps its scopes and its expiry;\na new expiry is given on the page “Keys”.',
  arguments: { min: 0, max: 0 },
  options: {
    overlap: {
      type: 'string',
      value: 'HOURS',
      text: `How long the old secret works on, 0 to ${KEY_OVERLAP_HOURS_MAX} (default: ${KEY_OVERLAP_HOURS_DEFAULT})`,
    },
    registry: registryOptions.registry,
  },
  examples: [
    ['aegis rotate', 'A new secret; the old one ends in a day'],
    ['aegis rotate --overlap 0', 'The old one ends at once: it was seen by somebody'],
  ],
  async run({ io, values, print, warn, paint, result }) {
    if (nonEmpty(io.env.AEGIS_TOKEN) !== undefined) {
      throw new AegisError('USAGE', {
        detail: 'The token comes from AEGIS_TOKEN, and cannot be replaced there. Rotate the key on the page “Keys”.',
      });
    }
    const overlapHours = readOverlap(values.overlap);
    const { url, client } = await openRegistry(io, values.registry, warn);
    const credentials = await readCredentials(io);
    const stored = credentials.registries[url];
    if (stored === undefined) throw new AegisError('UNAUTHENTICATED', { detail: `You are not signed in to ${url}.` });
    // Written once before: a secret that was made and cannot be stored would be lost.
    await writeCredentials(io, credentials);
    const { key, secret } = await client.keys.rotateOwn({ overlapHours });
    const kept = await keepToken(io, url, secret);
    if (kept.warning !== null) warn(`${paint('yellow', '!')} ${kept.warning}`);
    const { token: _, keychain: __, ...rest } = stored;
    credentials.registries[url] = { ...rest, ...kept.stored };
    await writeCredentials(io, credentials);
    result({ registry: url, key });
    print(`${paint('green', '✓')} The key has a new secret, and it is stored.`);
    const until = key.previous?.validUntil;
    print(paint('dim', `  ${until === undefined ? 'The old one ended.' : `The old one works until ${until}.`}`));
    return 0;
  },
});

function readOverlap(text: string | undefined): number {
  if (text === undefined) return KEY_OVERLAP_HOURS_DEFAULT;
  if (/^\d{1,3}$/.test(text) && Number(text) <= KEY_OVERLAP_HOURS_MAX) return Number(text);
  throw new AegisError('USAGE', {
    detail: `--overlap is ${text}; wanted whole hours, 0 to ${KEY_OVERLAP_HOURS_MAX}.`,
  });
}
