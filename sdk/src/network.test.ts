import { describe, expect, test } from 'vitest';
import { PERMISSION_ENTRIES_MAX, PORTS_MAX } from './limits.ts';
import { readNetwork } from './network.ts';

const errorsOf = (input: unknown) =>
  readNetwork(input).errors.map(({ path, detail }) => `${path.join('.')}: ${detail}`);

test('every spelling of an entry has one long form', () => {
  const input = [
    'API.example.com',
    { host: 'b.example.com' },
    { domain: 'c.example.com', protocol: 'http' },
    { host: 'd.example.com', ports: [8443, 443, 443], methods: ['POST', 'GET', 'GET'], reason: 'uploads' },
    { host: 'e.example.com', ports: [5432], protocol: 'tcp' },
    { host: '*.f.example.com', protocol: 'http', ports: [8080] },
  ];
  expect(readNetwork(input)).toEqual({
    errors: [],
    grants: [
      { host: 'api.example.com', ports: [443], protocol: 'tls' },
      { host: 'b.example.com', ports: [443], protocol: 'tls' },
      { host: 'c.example.com', ports: [80], protocol: 'http' },
      { host: 'd.example.com', ports: [443, 8443], protocol: 'tls', methods: ['GET', 'POST'], reason: 'uploads' },
      { host: 'e.example.com', ports: [5432], protocol: 'tcp' },
      { host: '*.f.example.com', ports: [8080], protocol: 'http' },
    ],
  });
});

describe('what is wrong is told with its place', () => {
  test.each<[unknown, string[]]>([
    ['a.example', [': Found "a.example"; wanted a list']],
    [[7], ['0: Found 7 (a number); wanted text']],
    [[null], ['0: Found nothing; wanted text']],
    [[['a.example']], ['0: Found a list; wanted text']],
    [[{}], ['0.host: "host" is missing; wanted text']],
    [[{ host: 5 }], ['0.host: Found 5 (a number); wanted text']],
    [[{ host: 'a.example', domain: 'b.example' }], ['0.domain: Both "host" and "domain" are there']],
    [[{ host: 'a.example', protocol: 'udp' }], ['0.protocol: Found "udp"; wanted one of tls, http, tcp']],
    [[{ host: 'a.example', cidr: '10.0.0.0/8' }], ['0.cidr: Unknown key "cidr"']],
    [[{ host: 'a.example', ports: [] }], ['0.ports: Found 0 entries; wanted at least 1']],
    [[{ host: 'a.example', ports: [0] }], ['0.ports.0: Found 0; wanted at least 1']],
    [[{ host: 'a.example', ports: [65536] }], ['0.ports.0: Found 65536; wanted at most 65535']],
    [[{ host: 'a.example', ports: [1.5] }], ['0.ports.0: Found 1.5 (a number); wanted a whole number']],
    [
      [{ host: 'a.example', methods: ['get'] }],
      ['0.methods.0: Found "get"; wanted one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ],
    [[{ host: 'a.example', protocol: 'tcp' }], ['0.ports: "ports" is missing; tcp has no default']],
    [[{ host: 'a.example', protocol: 'tcp', ports: [1], methods: ['GET'] }], ['0.methods: tcp has no HTTP methods']],
    [
      [{ domain: '*.a.example', protocol: 'tcp', ports: [1] }],
      ['0.host: "*.a.example" is a wildcard with protocol tcp'],
    ],
    [[{ protocol: 'tcp', ports: [1] }], ['0.host: "host" is missing; wanted text']],
    [[{ host: 'a.example', reason: 'two\nlines' }], ['0.reason: The text has a line break; wanted one line']],
    [
      ['a.example', '10.0.0.1', { host: 'localhost' }],
      ['1: "10.0.0.1" is an address', '2.host: "localhost" has a single label'],
    ],
  ])('%j', (input, expected) => {
    expect(errorsOf(input)).toEqual(expected);
    expect(readNetwork(input).grants).toBeNull();
  });
});

test('the bounds themselves are allowed, one more is not', () => {
  const many = (length: number) => Array.from({ length }, (_, index) => `h${index}.example`);
  expect(errorsOf(many(PERMISSION_ENTRIES_MAX))).toEqual([]);
  expect(errorsOf(many(PERMISSION_ENTRIES_MAX + 1))).toEqual([': Found 257 entries; wanted at most 256']);
  const ports = (length: number) => [{ host: 'a.example', ports: Array.from({ length }, (_, index) => index + 1) }];
  expect(errorsOf(ports(PORTS_MAX))).toEqual([]);
  expect(errorsOf(ports(PORTS_MAX + 1))).toEqual(['0.ports: Found 33 entries; wanted at most 32']);
});
