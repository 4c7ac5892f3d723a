import { describe, expect, it } from 'vitest';
import { testIo } from '../../testing/test-io.ts';
import { COMMANDS } from './main.ts';

const NAMES = Object.keys(COMMANDS);

describe('aegis', () => {
  it('lists every command with what it does, and documents the exit codes', async () => {
    const io = await testIo();
    expect(await io.aegis('--help')).toBe(0);
    for (const name of NAMES) expect(io.out()).toMatch(new RegExp(`\\n {2}${name} +\\w`));
    expect(io.out()).toMatch(/Exit codes\n {2}0 +done/);
    expect(io.out()).toContain('AEGIS_REGISTRY');
    const bare = await testIo();
    expect(await bare.aegis()).toBe(2);
    expect(bare.out()).toBe(io.out());
  });

  it.each(NAMES)('%s has help with usage, options, examples and exit codes', async (name) => {
    const io = await testIo();
    expect(await io.aegis(name, '--help')).toBe(0);
    for (const part of ['Usage', `aegis ${name}`, 'Options', '--json', 'Examples', 'Exit codes'])
      expect(io.out()).toContain(part);
    const other = await testIo();
    expect(await other.aegis('help', name)).toBe(0);
    expect(other.out()).toBe(io.out());
  });

  it('tells publish’s own exit codes', async () => {
    const io = await testIo();
    await io.aegis('publish', '-h');
    expect(io.out()).toMatch(/ {2}5 +with --wait: rejected/);
    expect(io.out()).toMatch(/ {2}6 +with --wait: still pending/);
    expect(io.out().match(/\n {2}1 /g)).toHaveLength(1);
  });

  it('says its version', async () => {
    const io = await testIo();
    expect(await io.aegis('--version')).toBe(0);
    expect(io.out()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['buidl'], 'Did you mean aegis build?'],
    [['constructor'], 'aegis has no command “constructor”'],
    [['build', '--ot', 'x'], 'Did you mean --out?'],
    [['build', 'a', 'b'], 'Found these arguments: a b. Wanted: aegis build [DIR]'],
    [['install'], 'Found these arguments: none. Wanted: aegis install NAME[@VERSION]'],
    [['init', '--author'], 'author'],
  ])('%j exits 2 and says what was wanted', async (argv, words) => {
    const io = await testIo();
    expect(await io.aegis(...argv)).toBe(2);
    expect(io.err()).toContain(words);
    expect(io.out()).toBe('');
  });

  it('prints the link to the page on an error, at the registry that was meant', async () => {
    const io = await testIo({ env: { AEGIS_REGISTRY: 'http://127.0.0.1:9' } });
    expect(await io.aegis('whoami')).toBe(4);
    expect(io.err()).toMatch(
      /\(UNAUTHENTICATED\)\n {2}What to do: http:\/\/127\.0\.0\.1:9\/docs\/errors\/unauthenticated\n$/,
    );
    io.clear();
    expect(await io.aegis('whoami', '--json')).toBe(4);
    expect(JSON.parse(io.err()).error.type).toBe('http://127.0.0.1:9/docs/errors/unauthenticated');
  });

  it('keeps standard output for results: an error with --json is one line on standard error', async () => {
    const io = await testIo();
    expect(await io.aegis('validate', 'nowhere', '--json')).toBe(2);
    expect(io.out()).toBe('');
    expect(JSON.parse(io.err())).toMatchObject({ error: { code: 'USAGE' } });
  });
});
