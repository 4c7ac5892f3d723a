import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BASE_PRESETS,
  covers,
  coversHost,
  coversPath,
  describe as describePermissions,
  diffPermissions,
  type NetworkGrant,
  NO_PERMISSIONS,
  normaliseNetwork,
  PermissionBlock,
  permissionsDigest,
  reach,
  sortPermissions,
} from './permissions.ts';

function block(parts: {
  network?: NetworkGrant[];
  read?: string[];
  write?: string[];
  required?: string[];
  optional?: string[];
  shell?: boolean;
}): PermissionBlock {
  const { network = [], read = [], write = [], required = [], optional = [], shell = false } = parts;
  return { network, files: { read, write }, environment: { required, optional }, shell };
}

function grant(host: string, rest: Partial<NetworkGrant> = {}): NetworkGrant {
  return { host, ports: [443], protocol: 'tls', ...rest };
}

const lines = (before: PermissionBlock | null, after: PermissionBlock) =>
  diffPermissions(before, after).map((line) => `${line.change} ${line.kind}: ${line.before} -> ${line.after}`);

describe('coversHost', () => {
  const grants = [grant('api.example.com'), grant('*.cdn.example', { ports: [80, 8080], protocol: 'http' })];
  test.each([
    [{ host: 'api.example.com', port: 443 }, true],
    [{ host: 'API.Example.com.', port: 443 }, true],
    [{ host: 'api.example.com', port: 443, protocol: 'tls' as const }, true],
    [{ host: 'api.example.com', port: 443, protocol: 'http' as const }, false],
    [{ host: 'api.example.com', port: 8443 }, false],
    [{ host: 'a.cdn.example', port: 8080 }, true],
    [{ host: '*.cdn.example', port: 8080 }, true],
    [{ host: 'a.b.cdn.example', port: 8080 }, false],
    [{ host: 'other.example', port: 443 }, false],
  ])('%j: %s', (need, expected) => {
    expect(coversHost(grants, need)).toBe(expected);
  });
});

describe('coversPath', () => {
  test.each([
    [['data/**'], 'data/x/y.csv', true],
    [['data/**'], './data//x', true],
    [['data/**'], 'data', true],
    [['data/**'], 'data/../secret', false],
    [['data/**'], 'other/../data/x', true],
    [['data/**'], 'database', false],
    [['data/**'], '/data/x', false],
    [['data/x'], 'data/x', true],
    [['data/x'], 'data/x/y', false],
    [['**'], 'anything/below', true],
    [['**'], '.', true],
    [['**'], '/etc/passwd', false],
    [['**'], '../up', false],
    [['/etc/app/**'], '/etc/app/x', true],
    [['/etc/app/**'], '/etc/app/../passwd', false],
    [['/etc/app/**'], 'etc/app/x', false],
    [['/**'], '/..', false],
    [['**'], '~/.ssh/id', false],
    [['**'], '', false],
    [['**'], 'a\0b', false],
    [[], 'a', false],
  ])('%j holds %j: %s', (globs, path, expected) => {
    expect(coversPath(globs, path)).toBe(expected);
  });
});

describe('covers', () => {
  test.each([
    ['nothing', {}, {}, true],
    ['a host', { network: [grant('a.example')] }, { network: [grant('a.example')] }, true],
    ['a host below a wildcard', { network: [grant('*.x.example')] }, { network: [grant('a.x.example')] }, true],
    ['a wildcard above a host', { network: [grant('a.x.example')] }, { network: [grant('*.x.example')] }, false],
    ['another port', { network: [grant('a.example')] }, { network: [grant('a.example', { ports: [443, 22] })] }, false],
    [
      'ports from two grants',
      { network: [grant('a.example'), grant('a.example', { ports: [22] })] },
      { network: [grant('a.example', { ports: [443, 22] })] },
      true,
    ],
    [
      'another protocol',
      { network: [grant('a.example', { protocol: 'tcp' })] },
      { network: [grant('a.example')] },
      false,
    ],
    ['fewer methods', { network: [grant('a.example')] }, { network: [grant('a.example', { methods: ['GET'] })] }, true],
    ['more methods', { network: [grant('a.example', { methods: ['GET'] })] }, { network: [grant('a.example')] }, false],
    [
      'methods from two grants',
      { network: [grant('a.example', { methods: ['GET'] }), grant('a.example', { methods: ['PUT'] })] },
      { network: [grant('a.example', { methods: ['GET', 'PUT'] })] },
      true,
    ],
    [
      'methods from a wildcard',
      { network: [grant('*.x.example', { methods: ['GET'] }), grant('a.x.example', { methods: ['PUT'] })] },
      { network: [grant('a.x.example', { methods: ['GET', 'PUT'] })] },
      true,
    ],
    [
      'all methods in one of two grants',
      { network: [grant('a.example', { methods: ['GET'] }), grant('a.example')] },
      { network: [grant('a.example', { methods: ['PUT'] })] },
      true,
    ],
    [
      'another reason',
      { network: [grant('a.example', { reason: 'x' })] },
      { network: [grant('a.example', { reason: 'y' })] },
      true,
    ],
    ['a file in a folder', { read: ['d/**'] }, { read: ['d/f', 'd/e/**'] }, true],
    ['reading what may be written', { write: ['d/**'] }, { read: ['d/f'] }, false],
    ['writing what may be read', { read: ['d/**'] }, { write: ['d/f'] }, false],
    ['an optional variable that becomes required', { optional: ['A'] }, { required: ['A'] }, true],
    ['another variable', { required: ['A'] }, { optional: ['B'] }, false],
    ['shell', {}, { shell: true }, false],
    ['shell again', { shell: true }, { shell: true }, true],
  ])('%s', (_, before, after, expected) => {
    expect(covers(block(before), block(after))).toBe(expected);
  });
});

describe('diffPermissions', () => {
  test('of a first version, everything is wider', () => {
    const after = block({
      network: [grant('a.example')],
      read: ['d/**'],
      write: ['o'],
      required: ['A'],
      optional: ['B'],
      shell: true,
    });
    expect(lines(null, after)).toEqual([
      'wider shell: null -> shell',
      'wider network: null -> a.example:443',
      'wider files.write: null -> o',
      'wider files.read: null -> d/**',
      'wider environment: null -> A',
      'wider environment: null -> B (optional)',
    ]);
    expect(lines(null, NO_PERMISSIONS)).toEqual([]);
  });

  test('of the same permissions, everything is the same', () => {
    const both = block({
      network: [grant('a.example', { methods: ['GET'] })],
      read: ['d/**'],
      optional: ['B'],
      shell: true,
    });
    expect(
      diffPermissions(both, both).every(({ change, meaning }) => change === 'same' && meaning === 'As before.'),
    ).toBe(true);
  });

  test('wider comes first, then narrower, then the same', () => {
    const before = block({ network: [grant('a.example'), grant('b.example')], read: ['d/**'], shell: true });
    const after = block({ network: [grant('a.example'), grant('c.example')], read: ['d/x'], write: ['w'] });
    expect(lines(before, after)).toEqual([
      'wider network: null -> c.example:443',
      'wider files.write: null -> w',
      'narrower shell: shell -> null',
      'narrower network: b.example:443 -> null',
      'narrower files.read: d/** -> d/x',
      'same network: a.example:443 -> a.example:443',
    ]);
  });

  test.each([
    [
      'a host becomes a wildcard',
      ['a.x.example', 'b.x.example'],
      ['*.x.example'],
      ['wider network: a.x.example:443 -> *.x.example:443', 'same network: b.x.example:443 -> *.x.example:443'],
    ],
    [
      'a wildcard becomes a host',
      ['*.x.example'],
      ['a.x.example'],
      ['narrower network: *.x.example:443 -> a.x.example:443'],
    ],
    [
      'a host that a wildcard held already',
      ['*.x.example'],
      ['*.x.example', 'a.x.example'],
      ['same network: *.x.example:443 -> *.x.example:443', 'same network: *.x.example:443 -> a.x.example:443'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(
      lines(
        block({ network: before.map((host) => grant(host)) }),
        block({ network: after.map((host) => grant(host)) }),
      ),
    ).toEqual(expected);
  });

  test('ports and protocols are told apart, methods are only declared', () => {
    const before = block({ network: [grant('a.example', { methods: ['GET'] })] });
    const after = block({
      network: [
        grant('a.example', { methods: ['GET', 'POST'] }),
        grant('a.example', { ports: [80], protocol: 'http' }),
      ],
    });
    expect(diffPermissions(before, after)).toEqual([
      {
        kind: 'network',
        change: 'wider',
        before: 'a.example:443 GET',
        after: 'a.example:443 GET,POST',
        meaning: 'The methods for a.example on port 443 over TLS are GET, POST, before GET.',
        holds: 'declared_only',
      },
      {
        kind: 'network',
        change: 'wider',
        before: null,
        after: 'a.example:80 http',
        meaning: 'The agent can reach a.example on port 80 over plain HTTP.',
        holds: 'enforced_in_clusters',
      },
    ]);
    expect(diffPermissions(after, before)[0]).toMatchObject({ change: 'narrower', holds: 'declared_only' });
  });

  test('files, variables and shell hold before approval', () => {
    const changes = diffPermissions(null, block({ read: ['a'], required: ['A'], shell: true }));
    expect(new Set(changes.map(({ holds }) => holds))).toEqual(new Set(['checked_before_approval']));
  });

  const hosts = fc.constantFrom(
    'a.x.example',
    'b.x.example',
    '*.x.example',
    '**.x.example',
    '**.example.com',
    'x.example',
  );
  const anyGrant = fc.record(
    {
      host: hosts,
      ports: fc.uniqueArray(fc.constantFrom(80, 443), { minLength: 1 }),
      protocol: fc.constantFrom('tls' as const, 'http' as const),
      methods: fc.uniqueArray(fc.constantFrom('GET', 'POST', 'PUT'), { minLength: 1 }),
    },
    { requiredKeys: ['host', 'ports', 'protocol'] },
  );
  const paths = fc.uniqueArray(fc.constantFrom('**', 'd/**', 'd/e/**', 'd/e/f', 'd', '/etc/x/**', '/etc/x/y'), {
    maxLength: 3,
  });
  const names = fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { maxLength: 2 });
  const anyBlock = fc
    .record({
      network: fc.array(anyGrant, { maxLength: 3 }),
      read: paths,
      write: paths,
      required: names,
      optional: names,
      shell: fc.boolean(),
    })
    .map(block);

  test('there is a wider line exactly when the block before does not cover the one after', () => {
    fc.assert(
      fc.property(anyBlock, anyBlock, (before, after) => {
        const isWider = diffPermissions(before, after).some(({ change }) => change === 'wider');
        expect(isWider).toBe(!covers(before, after));
      }),
      { numRuns: 3000 },
    );
  });

  test('covers is reflexive and transitive, and every block covers nothing at all', () => {
    fc.assert(
      fc.property(anyBlock, anyBlock, anyBlock, (a, b, c) => {
        expect(covers(a, a)).toBe(true);
        expect(covers(a, NO_PERMISSIONS)).toBe(true);
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('a diff has no line twice, and names every permission of both sides', () => {
    fc.assert(
      fc.property(anyBlock, anyBlock, (before, after) => {
        const changes = diffPermissions(before, after);
        const spelled = changes.map(({ kind, before: left, after: right }) => `${kind} ${left} ${right}`);
        expect(new Set(spelled).size).toBe(spelled.length);
        for (const path of after.files.read)
          expect(changes.some((line) => line.kind === 'files.read' && line.after === path)).toBe(true);
        for (const path of before.files.read)
          expect(
            changes.some(
              (line) => (line.kind === 'files.read' && line.before === path) || covers(after, block({ read: [path] })),
            ),
          ).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ['nothing', {}],
  ['files only', { read: ['a'] }],
  ['files only', { write: ['a'] }],
  ['1 host', { network: [grant('a.example'), grant('a.example', { ports: [80] })], read: ['a'] }],
  [
    '4 hosts, 2 secrets',
    { network: ['a', 'b', 'c', 'd'].map((name) => grant(`${name}.example`)), required: ['A'], optional: ['B', 'A'] },
  ],
  ['1 secret, shell', { required: ['A'], shell: true }],
])('the reach is %j', (expected, parts) => {
  expect(reach(block(parts))).toBe(expected);
});

test('permissions in words say where each one holds', () => {
  const all = block({
    network: [
      grant('*.x.example', { ports: [443, 8443], reason: 'uploads' }),
      grant('**.y.example', { protocol: 'http', ports: [80], methods: ['GET', 'PUT'] }),
      grant('db.z.example', { protocol: 'tcp', ports: [5432] }),
    ],
    read: ['**', 'd/**'],
    write: ['out.csv'],
    required: ['A'],
    optional: ['B'],
    shell: true,
  });
  expect(describePermissions(all).map(({ kind, text, holds }) => `${kind} | ${text} | ${holds}`)).toEqual([
    'network | Reaches every name one label below x.example on ports 443, 8443 over TLS (uploads) | enforced_in_clusters',
    'network | Reaches every name below y.example on port 80 over plain HTTP | enforced_in_clusters',
    'network | Says that it uses only GET, PUT there | declared_only',
    'network | Reaches db.z.example on port 5432 over raw TCP | enforced_in_clusters',
    'files.write | Changes and deletes out.csv | checked_before_approval',
    'files.read | Reads everything in the working directory | checked_before_approval',
    'files.read | Reads everything below d | checked_before_approval',
    'environment | Is given A | checked_before_approval',
    'environment | Is given B (optional) | checked_before_approval',
    'shell | Starts programs in its sandbox | checked_before_approval',
  ]);
  expect(describePermissions(NO_PERMISSIONS)).toEqual([]);
});

test('the digest of permissions does not depend on their order or on repetitions (test vector)', async () => {
  const one = block({ network: [grant('a.example'), grant('b.example')], read: ['x', 'y'], required: ['A', 'B'] });
  const other = block({
    network: [grant('b.example'), grant('a.example'), grant('b.example')],
    read: ['y', 'x', 'y'],
    required: ['B', 'A'],
  });
  expect(await permissionsDigest(other)).toBe(await permissionsDigest(one));
  expect(sortPermissions(other)).toEqual(one);
  expect(await permissionsDigest(block({ ...one, shell: true }))).not.toBe(await permissionsDigest(one));
  expect(await permissionsDigest(NO_PERMISSIONS)).toBe(
    'sha256:012c77a80f7428560cfc0528e062147fed81bb5423dbc904b9c8eb138e0689ca',
  );
});

test('base permissions are read as a manifest spells them', () => {
  expect(normaliseNetwork(['API.example.com', { domain: 'b.example', protocol: 'http' }])).toEqual({
    grants: [grant('api.example.com'), grant('b.example', { ports: [80], protocol: 'http' })],
    errors: [],
  });
  expect(normaliseNetwork(['ok.example', 'localhost'])).toEqual({
    grants: [],
    errors: [{ pointer: '/1', detail: '"localhost" has a single label', fix: expect.any(String) }],
  });
});

test.each(Object.entries(BASE_PRESETS))(
  'the preset %s passes the rules of a manifest unchanged',
  (_, { title, network }) => {
    expect(title).not.toBe('');
    expect(normaliseNetwork(network)).toEqual({ grants: network, errors: [] });
    expect(PermissionBlock.safeParse(block({ network })).success).toBe(true);
  },
);
