import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf } from '../testing/tar-writer.ts';
import type { PackageFile } from './archive.ts';
import { MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX, MANIFEST_ERRORS_MAX } from './limits.ts';
import {
  bundleFile,
  checkManifest,
  checkManifestValue,
  checkPackage,
  handlerFile,
  parseHandler,
  parseManifest,
  sameManifest,
} from './manifest.ts';

const HEAD = 'name: hello\nversion: 1.0.0\ndescription: Says hello.\n';
const TOOL = `tools:
  - name: greet
    description: Greets somebody.
    parameters:
      - {name: input, type: string, description: Whom, required: true}
    returns: {type: object, description: The greeting}
    handler: ./handlers/example
`;

const told = (text: string) =>
  checkManifest(text).errors.map(({ line, column, pointer, detail }) => `${line}:${column} ${pointer} ${detail}`);

describe('a manifest that is right', () => {
  test('gets every default, the long form of every permission, and one order (A28-A37, A55)', () => {
    const manifest = parseManifest(`${HEAD}author: Ada
license: Apache-2.0
permissions:
  network: [b.example.com, {domain: A.example.com, protocol: http, methods: [POST, GET]}]
  files: {read: [./data/**, config.json, config.json], write: [out/**]}
  environment: {required: [B_KEY, A_KEY], optional: [DEBUG]}
  shell: true
securityLevel: high
limits: {cpus: 0.5, lifeSeconds: 60}
tools:
  - name: second
    description: Second.
    inputSchema: {type: object, properties: {a: {$ref: "#/$defs/a"}}, $defs: {a: {type: string}}}
    returns: {type: string, description: Text}
    handler: handlers/all#second
    annotations: {readOnlyHint: true}
  - name: first
    description: First.
    parameters:
      - {name: z, type: array, description: List, default: [1]}
      - {name: a, type: string, description: Text, required: true}
    returns: {type: object, description: Result}
    handler: ./handlers/first.py
`);
    expect(manifest).toEqual({
      name: 'hello',
      version: '1.0.0',
      description: 'Says hello.',
      author: 'Ada',
      license: 'Apache-2.0',
      permissions: {
        network: [
          { host: 'a.example.com', ports: [80], protocol: 'http', methods: ['GET', 'POST'] },
          { host: 'b.example.com', ports: [443], protocol: 'tls' },
        ],
        files: { read: ['config.json', 'data/**'], write: ['out/**'] },
        environment: { required: ['A_KEY', 'B_KEY'], optional: ['DEBUG'] },
        shell: true,
      },
      securityLevel: 'high',
      requiresApproval: true,
      limits: { cpus: 0.5, memoryMb: 512, diskMb: 128, processes: 50, lifeSeconds: 60, callSeconds: 30 },
      tools: [
        {
          name: 'first',
          description: 'First.',
          parameters: [
            { name: 'z', type: 'array', description: 'List', required: false, default: [1] },
            { name: 'a', type: 'string', description: 'Text', required: true },
          ],
          returns: { type: 'object', description: 'Result' },
          handler: './handlers/first.py',
        },
        {
          name: 'second',
          description: 'Second.',
          inputSchema: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } },
          returns: { type: 'string', description: 'Text' },
          handler: 'handlers/all#second',
          annotations: { readOnlyHint: true },
        },
      ],
    });
  });

  test('may leave out everything but name, version and description, and then may do nothing', () => {
    expect(parseManifest(HEAD)).toEqual({
      name: 'hello',
      version: '1.0.0',
      description: 'Says hello.',
      permissions: {
        network: [],
        files: { read: [], write: [] },
        environment: { required: [], optional: [] },
        shell: false,
      },
      securityLevel: 'medium',
      requiresApproval: false,
      limits: { cpus: 1, memoryMb: 512, diskMb: 128, processes: 50, lifeSeconds: 300, callSeconds: 30 },
      tools: [],
    });
  });

  test('is the template of the documents (A43-A50)', () => {
    const text = `name: my-skill\nversion: 1.0.0\ndescription: A custom skill for Aegis agents\nauthor: somebody
permissions:\n  network: []\n  files:\n    read: []\n    write: []\n  environment:\n    required: []\n    optional: []\n${TOOL}`;
    expect(told(text)).toEqual([]);
  });

  test.each([
    ['low', false],
    ['medium', false],
    ['high', true],
    ['critical', true],
  ])('of level %s waits for a human: %s, unless it says so itself', (level, expected) => {
    expect(parseManifest(`${HEAD}securityLevel: ${level}\n`).requiresApproval).toBe(expected);
    expect(parseManifest(`${HEAD}securityLevel: ${level}\nrequiresApproval: ${!expected}\n`).requiresApproval).toBe(
      !expected,
    );
  });

  test('comes back from its own normal form unchanged', () => {
    const manifest = parseManifest(
      `${HEAD}permissions: {network: ["*.x.example.com"], files: {read: ["**"]}}\n${TOOL}`,
    );
    expect(checkManifestValue(JSON.parse(JSON.stringify(manifest)))).toEqual({ manifest, errors: [] });
  });
});

describe('a manifest that is wrong', () => {
  test('throws MANIFEST_INVALID with the first error in words and all of them as fields', () => {
    expect(() => parseManifest('name: Hello World\nversion: 1.0.0\n')).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        detail: 'manifest.yaml:1:1: "description" is missing; wanted text. Add "description". (and 1 more)',
        errors: [
          {
            pointer: '/description',
            detail: '"description" is missing; wanted text',
            fix: 'Add "description".',
            file: 'manifest.yaml',
            line: 1,
            column: 1,
          },
          expect.objectContaining({ pointer: '/name', line: 1, column: 7, fix: 'Write hello-world.' }),
        ],
      }),
    );
    expect(() => parseManifest(`${HEAD}license: ""\n`)).toThrow(
      expect.objectContaining({
        detail: 'manifest.yaml:4:10: The text is empty. Write what a reviewer should read here.',
      }),
    );
  });

  test('is told everything at once, in the order of the text', () => {
    const text = `naem: hello
version: 1.0
description: []
permissions:
  network:
    - 10.0.0.1
    - "*.co.uk"
    - host: db.payments.svc
      protcol: tls
  files: {read: [../x], write: yes}
  environment: {required: [NODE_OPTIONS, A], optional: [A]}
  shell: "true"
securityLevel: hihg
limits: {cpus: 8, foo: 1}
tools:
  - name: a b
    description: ""
    returns: {type: strin}
    handler: ../x
    parameters: [{name: p, type: number, description: d, default: "1"}, {name: p, type: number, description: d}]
    inputSchema: {type: string}
  - 5
  - {name: ok, description: d, returns: {type: string, description: d}, handler: x}
  - {name: ok, description: d, returns: {type: string, description: d}, handler: x}
`;
    expect(told(text)).toEqual([
      '1:1 /name "name" is missing; wanted text',
      '1:1 /naem Unknown key "naem"',
      '2:10 /version Found 1 (a number); wanted text',
      '3:14 /description Found a list; wanted text',
      '6:7 /permissions/network/0 "10.0.0.1" is an address',
      '7:7 /permissions/network/1 "*.co.uk" spans every customer of the public suffix co.uk',
      '8:13 /permissions/network/2/host "db.payments.svc" is a cluster-internal or local name',
      '9:7 /permissions/network/2/protcol Unknown key "protcol"',
      '10:18 /permissions/files/read/0 "../x" has an empty, `.` or `..` segment',
      '10:32 /permissions/files/write Found "yes"; wanted a list',
      '11:28 /permissions/environment/required/0 NODE_OPTIONS changes which code a program loads',
      '11:57 /permissions/environment/optional/0 "A" is required and optional at once',
      '12:10 /permissions/shell Found "true"; wanted true or false',
      '13:16 /securityLevel Found "hihg"; wanted one of low, medium, high, critical',
      '14:16 /limits/cpus Found 8; wanted at most 1',
      '14:19 /limits/foo Unknown key "foo"',
      '16:11 /tools/0/name "a b" is not a tool name; wanted 1 to 128 of A-Z, a-z, 0-9, _ . -',
      '17:18 /tools/0/description The text is empty',
      '18:5 /tools/0/returns/description "description" is missing; wanted text',
      '18:21 /tools/0/returns/type Found "strin"; wanted one of string, number, boolean, object, array',
      '19:14 /tools/0/handler "../x" is no path inside the package',
      '20:67 /tools/0/parameters/0/default Found "1"; the parameter has the type number',
      '20:80 /tools/0/parameters/1/name The name "p" is there twice',
      '21:5 /tools/0/inputSchema "parameters" and "inputSchema" exclude each other',
      '21:25 /tools/0/inputSchema/type Found the type "string"; the input of a tool is an object',
      '22:5 /tools/1 Found 5 (a number); wanted a mapping',
      '24:12 /tools/3/name The name "ok" is there twice',
    ]);
    const { errors } = checkManifest(text);
    expect(errors.every(({ fix = '', file }) => fix !== '' && file === 'manifest.yaml')).toBe(true);
    const fixOf = (at: string) => errors.find(({ pointer }) => pointer === at)?.fix;
    expect([fixOf('/naem'), fixOf('/permissions/network/2/protcol'), fixOf('/securityLevel')]).toEqual([
      'Did you mean "name"?',
      'Did you mean "protocol"?',
      'Did you mean "high"?',
    ]);
  });

  test.each([
    ['nothing', '', '1:1  Found nothing; wanted a mapping'],
    ['a text', 'hello', '1:1  Found "hello"; wanted a mapping'],
    ['a list', '- a', '1:1  Found a list; wanted a mapping'],
    ['no YAML', 'name: "hello', '1:13  Not valid YAML: Missing closing "quote'],
    ['an anchor', `${HEAD}author: &a Ada`, '4:9  An anchor (&) is not allowed'],
    ['a merge key', `${HEAD}<<: {author: Ada}`, '4:1 /<< Unknown key "<<"'],
    ['a tag', `${HEAD}author: !!str Ada`, '4:9  A tag (!) is not allowed'],
    ['two documents', `${HEAD}---\n${HEAD}`, '4:1  A second document (---) follows'],
    ['a key twice', `${HEAD}name: other`, '4:1 /name The key "name" is there twice'],
    [
      'too much text',
      ' '.repeat(MANIFEST_BYTES_MAX + 1),
      `1:1  The text has ${MANIFEST_BYTES_MAX + 1} bytes; wanted at most ${MANIFEST_BYTES_MAX}`,
    ],
    ['an IPv6 address', `${HEAD}permissions: {network: ["::1"]}`, '4:25 /permissions/network/0 "::1" is an address'],
    [
      'an IPv4 address in another spelling',
      `${HEAD}permissions: {network: ["0x7f.1"]}`,
      '4:25 /permissions/network/0 "0x7f.1" is an address',
    ],
    [
      'a wildcard over a private suffix',
      `${HEAD}permissions: {network: ["*.github.io"]}`,
      '4:25 /permissions/network/0 "*.github.io" spans every customer of the public suffix github.io',
    ],
    ['a bomb of lists', `${HEAD}tools: ${'['.repeat(1000)}`, `4:41  Nested deeper than ${MANIFEST_DEPTH_MAX} levels`],
  ])('%s', (_, text, expected) => {
    expect(told(text)).toEqual([expected]);
    expect(checkManifest(text).manifest).toBeNull();
  });

  test('a bomb of aliases is never unfolded: each anchor and alias is told', () => {
    expect(told(`a: &a [x, x]\nb: &b [*a, *a]\n${HEAD}`)).toEqual([
      '1:4  An anchor (&) is not allowed',
      '2:4  An anchor (&) is not allowed',
      '2:8  An alias (*) is not allowed',
      '2:12  An alias (*) is not allowed',
    ]);
  });

  test('as a JSON value it has pointers and no lines', () => {
    expect(
      checkManifestValue({ name: 'a', version: '1.0.0', description: 'd', permissions: { network: ['x'] } }),
    ).toEqual({
      manifest: null,
      errors: [
        {
          pointer: '/permissions/network/0',
          detail: '"x" has a single label',
          fix: 'Write the full name, as in api.example.com.',
        },
      ],
    });
    expect(checkManifestValue(undefined).errors).toMatchObject([
      { pointer: '', detail: 'Found nothing; wanted a mapping' },
    ]);
  });

  test('of nothing but mistakes gets the first of them, not a longer answer than the text', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `k${index}: 1`);
    expect(told(keys.join('\n'))).toHaveLength(MANIFEST_ERRORS_MAX);
    expect(checkManifestValue(Object.fromEntries(keys.map((key) => [key, 1]))).errors).toHaveLength(
      MANIFEST_ERRORS_MAX,
    );
  });

  test('no value makes the check throw', () => {
    const key = fc.constantFrom(
      'name',
      'version',
      'description',
      'permissions',
      'network',
      'files',
      'read',
      'environment',
      'tools',
      'limits',
      'parameters',
      'default',
      'inputSchema',
      'type',
      'handler',
      'host',
      '__proto__',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, (input) => {
        const { manifest, errors } = checkManifestValue(input);
        expect(manifest === null).toBe(errors.length > 0);
      }),
      { numRuns: 1000 },
    );
  });
});

test('two spellings of one manifest are the same, another permission is not', () => {
  const one = parseManifest(`${HEAD}permissions: {network: [a.example.com, b.example.com]}\n`);
  const other = parseManifest(
    `permissions:\n  network: [{host: B.example.com, ports: [443]}, a.example.com]\n${HEAD}securityLevel: medium`,
  );
  expect(sameManifest(one, other)).toBe(true);
  expect(sameManifest(one, parseManifest(`${HEAD}permissions: {network: [a.example.com]}\n`))).toBe(false);
});

describe('handlers', () => {
  test.each([
    ['./handlers/all#list', { path: 'handlers/all', exportName: 'list' }],
    ['handlers/x.ts', { path: 'handlers/x.ts', exportName: 'default' }],
    ['e\u0301', { path: '\u00e9', exportName: 'default' }],
  ])('%j names %j', (handler, expected) => {
    expect(parseHandler(handler)).toEqual(expected);
  });

  const paths = new Set([
    'handlers/a.ts',
    'handlers/a.js',
    'handlers/a.bundle.mjs',
    'handlers/b.py',
    'c.v2.mjs',
    'd.cjs',
    'e.tsx',
    'f',
  ]);
  test.each([
    ['./handlers/a', 'handlers/a.ts'],
    ['./handlers/a#run', 'handlers/a.ts'],
    ['handlers/a.js', 'handlers/a.js'],
    ['handlers/b', 'handlers/b.py'],
    ['c.v2', 'c.v2.mjs'],
    ['d', 'd.cjs'],
    ['e', 'e.tsx'],
    ['f', null],
    ['handlers/a.tsx', null],
    ['g', null],
  ])('%j is the file %j', (handler, expected) => {
    expect(handlerFile(handler, paths)).toBe(expected);
  });

  test.each([
    ['./handlers/a#run', 'handlers/a.bundle.mjs'],
    ['handlers/a.ts', 'handlers/a.bundle.mjs'],
    ['c.v2', 'c.v2.bundle.mjs'],
  ])('the bundle of %j is %j', (handler, expected) => {
    expect(bundleFile(handler)).toBe(expected);
  });
});

describe('a package keeps what its manifest says', () => {
  const SKILL = '---\nname: hello\ndescription: Says hello.\n---\n';
  const files = (all: Record<string, string | Uint8Array>): PackageFile[] =>
    Object.entries(all).map(([path, data]) => ({ path, bytes: bytesOf(data), mode: '0644' }));
  const toldOf = (all: Record<string, string | Uint8Array>) =>
    checkPackage(files(all)).errors.map(
      ({ file, line, column, detail, fix }) => `${file}:${line}:${column} ${detail} | ${fix}`,
    );

  test.each([
    [{ 'manifest.yaml': HEAD + TOOL, 'handlers/example.ts': '' }],
    [{ 'manifest.yaml': HEAD + TOOL, 'handlers/example.py': '', 'SKILL.md': SKILL }],
    [{ 'manifest.yaml': HEAD, 'SKILL.md': SKILL }],
    [{ 'manifest.yaml': `${HEAD}tools: []\n`, 'SKILL.md': SKILL }],
  ])('%j', (all) => {
    expect(toldOf(all)).toEqual([]);
    expect(checkPackage(files(all)).manifest?.name).toBe('hello');
  });

  test.each([
    [
      {},
      [
        'manifest.yaml:undefined:undefined There is no manifest.yaml at the top of the package | Add it; `aegis init` writes one.',
      ],
    ],
    [
      { 'hello/manifest.yml': HEAD },
      [
        'manifest.yaml:undefined:undefined There is no manifest.yaml at the top of the package | Move "hello/manifest.yml" there.',
      ],
    ],
    [
      { 'manifest.yaml': Uint8Array.of(0xff) },
      ['manifest.yaml:undefined:undefined manifest.yaml is not UTF-8 text | Save it as UTF-8.'],
    ],
    [
      { 'manifest.yaml': '"' },
      ['manifest.yaml:1:2 Not valid YAML: Missing closing "quote | Correct the line; mind its indentation.'],
    ],
    [
      { 'manifest.yaml': HEAD },
      ['manifest.yaml:1:1 The skill has neither tools nor a SKILL.md | Add a tool, or write a SKILL.md.'],
    ],
    [
      { 'manifest.yaml': `${HEAD}tools: []` },
      ['manifest.yaml:4:1 The skill has neither tools nor a SKILL.md | Add a tool, or write a SKILL.md.'],
    ],
    [
      { 'manifest.yaml': HEAD + TOOL },
      [
        'manifest.yaml:10:14 The handler "./handlers/example" does not exist in the package | Create the file, or correct the path.',
      ],
    ],
    [
      { 'manifest.yaml': HEAD + TOOL, 'handlers/exmaple.ts': '', x: '' },
      [
        'manifest.yaml:10:14 The handler "./handlers/example" does not exist in the package | Create the file, or correct the path.',
      ],
    ],
    [
      { 'manifest.yaml': HEAD + TOOL.replace('example', 'exampl.ts'), 'handlers/example.ts': '' },
      [
        'manifest.yaml:10:14 The handler "./handlers/exampl.ts" does not exist in the package | Did you mean "./handlers/example.ts"?',
      ],
    ],
    [
      { 'manifest.yaml': HEAD + TOOL, 'handlers/example.ts': '', 'SKILL.md': SKILL.replace('hello', 'helo') },
      ['SKILL.md:2:7 SKILL.md has the name "helo", the manifest has "hello" | Give both the same name.'],
    ],
    [
      { 'manifest.yaml': HEAD, 'SKILL.md': Uint8Array.of(0xff) },
      ['SKILL.md:undefined:undefined SKILL.md is not UTF-8 text | Save it as UTF-8.'],
    ],
  ])('%j is told', (all, expected) => {
    expect(toldOf(all as Record<string, string | Uint8Array>)).toEqual(expected);
    expect(checkPackage(files(all as Record<string, string | Uint8Array>)).manifest).toBeNull();
  });

  test('a handler that is no text or no path is told once, by the manifest', () => {
    expect(toldOf({ 'manifest.yaml': HEAD + TOOL.replace('./handlers/example', '5') })).toEqual([
      'manifest.yaml:10:14 Found 5 (a number); wanted text | Put it in quotes.',
    ]);
    expect(toldOf({ 'manifest.yaml': HEAD + TOOL.replace('./handlers/example', '/x') })).toHaveLength(1);
    expect(toldOf({ 'manifest.yaml': `${HEAD}tools: 5` })).toEqual([
      'manifest.yaml:4:8 Found 5 (a number); wanted a list | Write a list here.',
    ]);
  });

  test('two sources never share one bundle, one source may serve many tools', () => {
    const second = TOOL.replace('tools:\n', '').replace('greet', 'other').replace('example', 'example.js');
    const all = { 'handlers/example.ts': '', 'handlers/example.js': '' };
    expect(toldOf({ 'manifest.yaml': HEAD + TOOL + second, ...all })).toEqual([
      'manifest.yaml:16:14 "handlers/example.js" and "handlers/example.ts" would be bundled into one file | Rename one of them.',
    ]);
    const shared = second.replace('example.js', 'example#other');
    expect(toldOf({ 'manifest.yaml': HEAD + TOOL + shared, ...all })).toEqual([]);
    const python = second.replace('example.js', 'example.py');
    expect(toldOf({ 'manifest.yaml': HEAD + TOOL + python, ...all, 'handlers/example.py': '' })).toEqual([]);
  });
});
