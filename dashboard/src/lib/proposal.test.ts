import { expect, test } from 'vitest';
import { manifestLine, neverAllowed } from './proposal.ts';

test('what a manifest can never allow says so instead of offering a line', () => {
  expect(neverAllowed('private_ip')).toBe('Never allowed');
  expect(neverAllowed('raw_ip')).toBe('Needs a host name');
  expect(neverAllowed('not_in_allowlist')).toBeNull();
});

test('the line names host and port, and the protocol where it is not TLS', () => {
  expect(manifestLine({ destinationHost: 'a.example', destinationPort: 443, protocol: 'tls' })).toBe(
    '- host: a.example\n  ports: [443]\n',
  );
  expect(manifestLine({ destinationHost: 'a.example', destinationPort: 80, protocol: 'http' })).toContain(
    'protocol: http',
  );
});
