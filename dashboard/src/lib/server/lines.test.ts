import { expect, test } from 'vitest';
import { parseHosts, parseLabels } from './lines.ts';

test('labels come line by line', () => {
  expect(parseLabels('app=invoice\n\r\n tier = gold \nbare\nurl=a=b')).toEqual({
    app: 'invoice',
    tier: 'gold',
    bare: '',
    url: 'a=b',
  });
  expect(parseLabels('  ')).toEqual({});
});

test('hosts come line by line, with port or protocol where they are not the usual ones', () => {
  expect(
    parseHosts('git.example\nhttps://api.example/\napi.example:8443\nhttp://plain.example\nhttp://plain.example:8080'),
  ).toEqual([
    'git.example',
    'api.example',
    { host: 'api.example', ports: [8443] },
    { host: 'plain.example', protocol: 'http' },
    { host: 'plain.example', ports: [8080], protocol: 'http' },
  ]);
});
