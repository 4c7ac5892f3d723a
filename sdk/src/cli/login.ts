import { hostname } from 'node:os';
import { KEY_SCOPES, type KeyScope } from '../actions.ts';
import { toInstant } from '../clock.ts';
import { AegisError } from '../errors.ts';
import { isMistyped } from '../token.ts';
import { defineCommand } from './command.ts';
import { credentialsPath, readCredentials, writeCredentials } from './credentials.ts';
import { loginByDevice } from './device-login.ts';
import type { Io } from './io.ts';
import { requireFollowed } from './pinned-keys.ts';
import { connect, nonEmpty, normaliseUrl } from './registry.ts';
import { keepToken } from './stored-token.ts';
import { plain } from './terminal.ts';

/** What publishing and installing need. */
const SCOPES_DEFAULT: readonly KeyScope[] = ['skill:read', 'skill:publish'];

/** `aegis login`: gets a key by device flow, or checks a given one, and stores it with the registry's keys. */
export const login = defineCommand({
  usage: 'login',
  summary: 'Sign in to a registry, and pin the keys that it signs approvals with',
  about:
    'Shows a code, which you type on the registry’s page “Let in a device”; there you choose what this machine may do. It\ngets an API key of yours, never your password. A key that you have already is given with --token. The registry’s public\nkeys are stored beside it: from then on approvals must be signed by these, or by new ones that these have signed.',
  arguments: { min: 0, max: 0 },
  options: {
    registry: {
      type: 'string',
      value: 'URL',
      text: 'Address of the registry (default: AEGIS_REGISTRY, else the last login)',
    },
    token: { type: 'string', value: 'TOKEN', text: 'An API key that you have; - reads it from standard input' },
    device: { type: 'boolean', text: 'Ask for a code also where nobody types (default where somebody does)' },
    scopes: {
      type: 'string',
      value: 'LIST',
      text: `What to ask for, with commas (default: ${SCOPES_DEFAULT.join(',')})`,
    },
    'accept-new-keys': {
      type: 'boolean',
      text: 'Pin keys that the pinned ones did not sign, when the registry’s operator confirms them',
    },
  },
  examples: [
    ['aegis login --registry https://registry.example', 'Show a code, and wait until it is let in'],
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
    const given = await readToken(io, values.token);
    const byDevice = given === null && (values.device === true || io.terminal.stdin);
    const token = byDevice ? await askDevice(io, url, parseScopes(values.scopes), warn) : requireToken(given);
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
    const kept = await keepToken(io, url, token);
    if (kept.warning !== null) warn(`${paint('yellow', '!')} ${kept.warning}`);
    const made = byDevice ? { device: true } : {};
    credentials.registries[url] = {
      ...kept.stored,
      ...made,
      keys,
      name: me.email ?? me.name,
      loggedInAt: toInstant(io.now()),
    };
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
    const where = kept.stored.keychain === undefined ? '' : '; the token in the keychain of this machine';
    print(paint('dim', `  ${keys.keys.length} keys pinned, stored in ${credentialsPath(io)}${where}`));
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

/** The key that is given; null when there is none. */
async function readToken(io: Io, given: string | undefined): Promise<string | null> {
  if (given === '-') return (await io.stdin()).trim();
  return given ?? nonEmpty(io.env.AEGIS_TOKEN) ?? null;
}

function requireToken(given: string | null): string {
  if (given !== null && given !== '') return given;
  throw new AegisError('USAGE', {
    detail:
      'No token is given, and nobody types here. Wanted: --token TOKEN, --token - with the token on standard input, AEGIS_TOKEN, or --device.',
  });
}

/** A key by device flow; what the person must do is told on standard error. */
async function askDevice(io: Io, url: string, scopes: string, warn: (line: string) => void): Promise<string> {
  const deviceName = `${nonEmpty(io.env.USER) ?? 'aegis'}@${hostname()}`.slice(0, 80);
  const { access_token } = await loginByDevice(
    io,
    connect(io, url, undefined, warn),
    { scope: scopes, deviceName },
    (code) => {
      warn(`Open    ${plain(code.verification_uri)}\nType    ${plain(code.user_code)}`);
      warn(`It holds for ${Math.round(code.expires_in / 60)} minutes. Waiting …`);
    },
  );
  return access_token;
}

function parseScopes(text: string | undefined): string {
  const asked = text === undefined ? SCOPES_DEFAULT : text.split(',').map((scope) => scope.trim());
  const unknown = asked.filter((scope) => !KEY_SCOPES.some((known) => known === scope));
  if (unknown.length === 0) return asked.join(' ');
  throw new AegisError('USAGE', { detail: `No such scopes: ${unknown.join(', ')}. Known: ${KEY_SCOPES.join(', ')}.` });
}
