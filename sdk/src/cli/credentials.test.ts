import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testIo } from '../../testing/test-io.ts';
import { credentialsPath, readCredentials, writeCredentials } from './credentials.ts';

const stored = { token: 'aeg_x', keys: { keys: [] }, name: 'Ada', loggedInAt: '2026-11-21T12:00:00.000Z' };

describe('credentials', () => {
  it('lie in XDG_CONFIG_HOME or ~/.config', async () => {
    const io = await testIo();
    expect(credentialsPath(io)).toBe(join(io.home, '.config/aegis/credentials.json'));
    expect(credentialsPath({ ...io, env: { XDG_CONFIG_HOME: '/etc/xdg' } })).toBe('/etc/xdg/aegis/credentials.json');
    expect(credentialsPath({ ...io, env: { XDG_CONFIG_HOME: '' } })).toBe(credentialsPath(io));
  });

  it('are written as a whole, for this user only, and read back', async () => {
    const io = await testIo();
    expect(await readCredentials(io)).toEqual({ v: 1, current: null, registries: {} });
    const credentials = { v: 1 as const, current: 'https://r.example', registries: { 'https://r.example': stored } };
    await writeCredentials(io, credentials);
    await writeCredentials(io, credentials);
    expect(await readCredentials(io)).toEqual(credentials);
    expect((await stat(credentialsPath(io))).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(credentialsPath(io)))).toEqual(['credentials.json']);
  });
});
