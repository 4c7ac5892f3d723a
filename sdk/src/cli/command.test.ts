import { describe, expect, it } from 'vitest';
import { testIo } from '../../testing/test-io.ts';
import { defineCommand, nearest } from './command.ts';

const echo = defineCommand({
  usage: 'echo [WORD]',
  summary: 'Say it again',
  arguments: { min: 0, max: 1 },
  options: {
    times: { type: 'string', value: 'N', text: 'How often' },
    tag: { type: 'string', multiple: true, text: 'Any number of tags' },
    loud: { type: 'boolean', short: 'l', text: 'In capitals' },
  },
  examples: [['aegis echo hi', 'Once']],
  exitCodes: [[7, 'a special end']],
  async run({ values, rest, print, warn, result }) {
    print(`${rest[0] ?? ''} ${values.times ?? 1} ${values.loud ?? false} ${(values.tag ?? []).join('+')}`);
    warn('careful');
    result({ word: rest[0] });
    return 7;
  },
});

const ask = defineCommand({
  usage: 'ask',
  summary: 'Ask a registry',
  arguments: { min: 0, max: 0 },
  options: { registry: { type: 'string', text: 'Which one' } },
  examples: [['aegis ask', 'Once']],
  run: () => Promise.resolve(0),
});

describe('a command', () => {
  it('reads its options and hands them over', async () => {
    const io = await testIo();
    expect(await echo.start(['hi', '--times', '3', '-l', '--tag', 'a', '--tag=b'], io)).toBe(7);
    expect(io.out()).toBe('hi 3 true a+b\n');
    expect(io.err()).toBe('careful\n');
  });

  it('prints JSON or words, never both', async () => {
    const io = await testIo();
    await echo.start(['hi', '--json'], io);
    expect(io.out()).toBe('{"word":"hi"}\n');
    expect(io.err()).toBe('careful\n');
  });

  it('refuses what it does not know', async () => {
    const io = await testIo();
    expect(() => echo.start(['--time', '3'], io)).toThrow(/Did you mean --times\?/);
    expect(() => echo.start(['--times'], io)).toThrow(/argument missing\. Wanted: aegis echo/);
    expect(() => echo.start(['--zzz'], io)).toThrow(/Wanted: aegis echo \[WORD\]\. See: aegis echo --help/);
    expect(() => echo.start(['a', 'b'], io)).toThrow(/Found these arguments: a b/);
    expect(() => echo.start(['--loud=yes'], io)).toThrow(/loud/);
  });

  it('has help with every option and exit code', () => {
    const help = echo.help((_style, text) => text);
    expect(help).toMatch(/ {6}--times N +How often/);
    expect(help).toMatch(/ {2}-l, --loud +In capitals/);
    expect(help).toMatch(/ {2}7 +a special end/);
  });

  it('lists only exit codes that it can give: without a registry none of a registry', () => {
    const codes = (help: string) => [...help.matchAll(/^ {2}(\d+) {2}/gm)].map(([, code]) => Number(code));
    const plain = (_style: string, text: string) => text;
    expect(codes(echo.help(plain))).toEqual([0, 1, 2, 7, 70, 130]);
    expect(codes(ask.help(plain))).toEqual([0, 1, 2, 3, 4, 70, 130]);
  });
});

describe('nearest', () => {
  it.each([
    ['publsih', 'publish'],
    ['pub', 'publish'],
    ['stat', 'status'],
    ['x', null],
    ['frobnicate', null],
  ])('of %s is %s', (word, found) => {
    expect(nearest(word, ['publish', 'status', 'scan'])).toBe(found);
  });
});
