import { expect, test } from 'vitest';
import { isMakerNamed, untraceableHost } from './untraceable-hosts.ts';

test.each([
  ['https://rentry.co/abc', 'drop'],
  ['http://203.0.113.9:8080/agent', 'drop'],
  ['https://a1b2.ngrok-free.app/x', 'drop'],
  ['https://user@drive.google.com/uc?id=1', 'drop'],
  ['https://tool-setup.vercel.app/', 'hosting'],
])('%s is a place that nobody stands for', (url, kind) => {
  expect(untraceableHost(url)?.kind).toBe(kind);
});

test.each([
  'https://nodejs.org/',
  'https://vercel.app.tool.dev/',
  'https://notrentry.co/',
  'https://vercel.com/',
  'http://192.168.1.7/',
  'x',
])('%s is none of them', (url) => {
  expect(untraceableHost(url)).toBeNull();
});

test('a maker is named by the host, or by the owner on a shared host, and never by the address itself', () => {
  expect(isMakerNamed('https://obsidian.md/download', 'Obsidian must be running.')).toBe(true);
  expect(isMakerNamed('https://dl.node-js.org/x', 'Node.js is needed.')).toBe(true);
  expect(isMakerNamed('https://github.com/cli/cli/releases', 'The gh cli is needed')).toBe(true);
  expect(isMakerNamed('https://github.com/someone-9/notes-core/x', 'Get notes-core.')).toBe(false);
  expect(isMakerNamed('https://dl-zone.net/x', 'Get it at https://dl-zone.net/x')).toBe(false);
});
