import { toInstant } from '../clock.ts';
import { AegisError } from '../errors.ts';
import { isMistyped } from '../token.ts';
import { defineCommand } from './command.ts';
import { credentialsPath, readCredentials, writeCredentials } from './credentials.ts';
import type { Io } from './io.ts';
import { requireFollowed } from './pinned-keys.ts';
import { connect, nonEmpty, normaliseUrl } from './registry.ts';
import { plain } from './terminal.ts';

/** `aegis login`: checks a token, then stores it with the registry's keys. */
export const login = defineCommand({
  usage: 'login',
  summary: 'Sign in to a registry, and pin the keys that it signs approvals with',
  about:
    'Make a token (API key) on the registry’s page “API keys”. It is checked and stored in a file that only you can read.\nThe registry’s public keys are stored beside it: from then on approvals must be signed by these, or by new ones that\nthese have signed.',
  arguments: { min: 0, max: 0 },
  options: {
    registry: {
      type: 'string',
      value: 'URL',
      text: 'Address of the registry (default: AEGIS_REGISTRY, else the last login)',
    },
    token: { type: 'string', value: 'TOKEN', text: 'API key; - reads it from standard input (default: asked for)' },
    'accept-new-keys': {
      type: 'boolean',
      text: 'Pin keys that the pinned ones did not sign, when the registry’s operator confirms them',
    },
  },
  examples: [
    ['aegis login --registry https://registry.example', 'Ask for the token'],
    ['aegis login --registry https://registry.example --token - < token.txt', 'In a script'],
  ],
  async run({ io, values, print, warn, paint, result }) {
    const credentials = await readCredentials(io);
    const url = normaliseUrl(
      values.registry ?? nonEmpty(io.env.AEGIS_REGISTRY) ?? credentials.current ?? (await askUrl(io)),
    );
    if (url.startsWith('http:') && !/^http:\/\/(?:localhost|127\.|\[::1\])/.test(url)) {
      warn(`${paint('yellow', '!')} ${url} is not encrypted: the token travels in the clear.`);
    }
    const token = await readToken(io, values.token);
    if (await isMistyped(token)) {
      throw new AegisError('USAGE', {
        detail: 'A letter of the token was lost or changed: its checksum is wrong. Copy it again, as a whole.',
      });
    }
    const client = connect(io, url, token, warn);
    const me = await client.me();
    const keys = await client.keySet();
    const known = credentials.registries[url];
    if (known !== undefined && values['accept-new-keys'] !== true) {
      const told = await requireFollowed(url, known.keys, keys);
      if (told !== null) warn(told);
    }
    credentials.registries[url] = { token, keys, name: me.email ?? me.name, loggedInAt: toInstant(io.now()) };
    credentials.current = url;
    await writeCredentials(io, credentials);
    const tenants = me.tenants.map(({ slug, role }) => `${slug} (${role})`);
    result({
      registry: url,
      id: me.id,
      name: me.name,
      email: me.email,
      tenants: me.tenants,
      keys: keys.keys.map(({ kid }) => kid),
    });
    print(
      `${paint('green', '✓')} Signed in to ${url} as ${plain(me.name)}${me.email === null ? '' : ` <${plain(me.email)}>`}`,
    );
    if (tenants.length > 0) print(paint('dim', `  tenants: ${plain(tenants.join(', '))}`));
    print(paint('dim', `  ${keys.keys.length} keys pinned, stored in ${credentialsPath(io)}`));
    return 0;
  },
});

async function askUrl(io: Io): Promise<string> {
  const url = io.terminal.stdin ? await io.ask('Address of the registry: ') : '';
  if (url !== '') return url;
  throw new AegisError('USAGE', {
    detail: 'No registry is named. Wanted: --registry https://registry.example, or AEGIS_REGISTRY.',
  });
}

async function readToken(io: Io, given: string | undefined): Promise<string> {
  const fromEnvironment = nonEmpty(io.env.AEGIS_TOKEN);
  const token =
    given === '-'
      ? (await io.stdin()).trim()
      : (given ?? fromEnvironment ?? (io.terminal.stdin ? await io.ask('Token: ', { secret: true }) : ''));
  if (token !== '') return token;
  throw new AegisError('USAGE', {
    detail: 'No token is given. Wanted: --token TOKEN, --token - with the token on standard input, or AEGIS_TOKEN.',
  });
}
