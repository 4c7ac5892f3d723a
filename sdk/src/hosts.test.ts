import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostComplaint, hostContains, parseHost } from './hosts.ts';

test.each([
  ['api.example.com', 'api.example.com'],
  ['API.Example.COM', 'api.example.com'],
  ['api.example.com.', 'api.example.com'],
  ['*.example.com', '*.example.com'],
  ['**.Example.com.', '**.example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['*.bücher.example', '*.xn--bcher-kva.example'],
  ['api。example。com', 'api.example.com'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['github.io', 'github.io'],
  ['*.mine.github.io', '*.mine.github.io'],
  ['a-b.c1.example', 'a-b.c1.example'],
  ['1and1.example', '1and1.example'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
])('%s is read as %s', (input, host) => {
  expect(parseHost(input)).toEqual({ host, complaint: null });
});

test.each([
  // Addresses, in every spelling that the URL standard knows.
  ['10.0.0.1', 'address'],
  ['10.0.0.1:443', 'address'],
  ['10.0.0.0/8', 'address'],
  ['[::1]', 'address'],
  ['::1', 'address'],
  ['fe80::1:443', 'address'],
  ['0x7f.1', 'address'],
  ['2130706433', 'address'],
  ['1.2', 'address'],
  ['*.10.0.0.1', 'address'],
  // Wildcards over public suffixes, also private ones.
  ['*.com', 'public suffix'],
  ['*.co.uk', 'public suffix'],
  ['**.github.io', 'public suffix'],
  ['*.s3.amazonaws.com', 'public suffix'],
  ['*.pages.dev', 'public suffix'],
  ['**.foo.ck', 'public suffix'],
  // What is no host.
  ['https://api.example.com/v1', 'URL'],
  ['api.example.com:443', 'port'],
  ['api.example.com/v1', '"/"'],
  ['user@example.com', '"@"'],
  ['a b.example', '" "'],
  ['a%2e.example', '"%"'],
  ['a\u200b.example', 'in it'],
  ['a.example\n', 'in it'],
  ['a_b.example', 'not a host name'],
  ['-a.example', 'not a host name'],
  ['a..example', 'not a host name'],
  [`${'a'.repeat(64)}.example`, 'not a host name'],
  [`${'a.'.repeat(125)}example`, 'not a host name'],
  ['', 'not a host name'],
  ['.', 'not a host name'],
  ['*.', 'not a host name'],
  ['*', '*'],
  ['a.*.example', '*'],
  ['***.example.com', '*'],
  ['*example.com', '*'],
  // Names that mean something only where they are asked.
  ['localhost', 'single label'],
  ['db', 'single label'],
  ['printer.local', 'internal'],
  ['metadata.google.internal', 'internal'],
  ['db.payments.svc', 'internal'],
  ['db.payments.svc.cluster.local', 'internal'],
  ['app.localhost', 'internal'],
  ['1.0.0.10.in-addr.arpa', 'internal'],
  ['**.payments.svc.cluster.local', 'internal'],
])('%j is refused: %s', (input, word) => {
  const complaint = hostComplaint(input);
  expect(complaint?.detail).toContain(word);
  expect(complaint?.fix).toMatch(/\.$/);
});

test('the fix of a URL and of a port can be copied', () => {
  expect(hostComplaint('https://me@API.example.com:8443/v1')?.fix).toBe('Write only the host: api.example.com.');
  expect(hostComplaint('https://')?.fix).toBe('Write only the host: .');
  expect(hostComplaint('api.example.com:8443')?.fix).toBe('Write {host: api.example.com, ports: [8443]}.');
});

test.each([
  ['a.example', 'a.example', true],
  ['a.example', 'b.example', false],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'a.b.example.com', false],
  ['*.example.com', 'aexample.com', false],
  ['*.example.com', 'a.example.com.evil.test', false],
  ['**.example.com', 'a.b.example.com', true],
  ['**.example.com', 'a.example.com', true],
  ['**.example.com', 'example.com', false],
  ['**.example.com', 'evilexample.com', false],
  ['*.example.com', '*.example.com', true],
  ['**.example.com', '*.example.com', true],
  ['*.example.com', '**.example.com', false],
  ['**.example.com', '**.a.example.com', true],
  ['**.example.com', '*.a.example.com', true],
  ['*.example.com', '*.a.example.com', false],
  ['*.example.com', '**.a.example.com', false],
  ['a.example.com', '*.example.com', false],
  ['*.example.com', '', false],
])('%s holds %s: %s', (grant, need, expected) => {
  expect(hostContains(grant, need)).toBe(expected);
});

test('what one pattern holds of another, it holds of every name below', () => {
  const label = fc.constantFrom('a', 'b', 'example');
  const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
  const pattern = fc.tuple(fc.constantFrom('', '*.', '**.'), name).map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, pattern, name, (grant, need, host) => {
      if (hostContains(grant, need) && hostContains(need, host)) expect(hostContains(grant, host)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
