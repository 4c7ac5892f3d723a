import type { ContextCall } from '@aegis/skill-sdk/context';
import { NO_PERMISSIONS } from '@aegis/skill-sdk/permissions';
import { describe, expect, it } from 'vitest';
import { startInternet } from '../testing/internet.ts';
import { blockedReason, softFetch } from './network.ts';

const permissions = { ...NO_PERMISSIONS, network: [{ host: 'ok.example', ports: [80], protocol: 'http' as const }] };

async function world() {
  const internet = await startInternet((host, path) =>
    path === '/elsewhere'
      ? { status: 302, headers: { location: 'http://evil.example/there' } }
      : { body: `from ${host}` },
  );
  const calls: ContextCall[] = [];
  const fetch = softFetch(internet.fetch, permissions, new AbortController().signal, (call) => calls.push(call));
  return { fetch, calls, requests: internet.requests };
}

describe('a fetch in SOFT (A141)', () => {
  it('decides as HARD does and lets every request go, unchanged', async () => {
    const { fetch, calls, requests } = await world();
    expect(await (await fetch('http://ok.example/a')).text()).toBe('from ok.example');
    expect(await (await fetch('http://evil.example/b', { method: 'POST', body: 'x' })).text()).toBe(
      'from evil.example',
    );
    expect(await (await fetch('http://10.0.0.1/c')).text()).toBe('from 10.0.0.1');
    expect(requests).toEqual(['GET ok.example/a', 'POST evil.example/b', 'GET 10.0.0.1/c']);
    expect(calls.map(({ value, reason }) => [value, reason])).toEqual([
      ['ok.example:80', null],
      ['evil.example:80', 'not_in_allowlist'],
      ['10.0.0.1:80', 'private_ip'],
    ]);
  });

  it('decides about where it was redirected to as well', async () => {
    const { fetch, calls } = await world();
    expect(await (await fetch('http://ok.example/elsewhere')).text()).toBe('from evil.example');
    expect(calls.map(({ value, allowed }) => [value, allowed])).toEqual([
      ['ok.example:80', true],
      ['evil.example:80', false],
    ]);
  });

  it('ends with its caller', async () => {
    const { fetch } = await world();
    await expect(fetch('http://ok.example/', { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe('the reason in the log (A133)', () => {
  it.each([
    ['not_in_allowlist', true, 'not_in_allowlist'],
    ['not_in_allowlist', false, 'skill_not_installed'],
    ['method', true, 'not_in_allowlist'],
    ['port', true, 'port'],
    ['port', false, 'skill_not_installed'],
    ['raw_ip', false, 'raw_ip'],
    ['private_ip', true, 'private_ip'],
    ['invalid_url', true, null],
    ['not_declared', true, null],
    ['invalid_path', true, null],
  ] as const)('of %s with the skill installed: %s is %s', (reason, isInstalled, expected) => {
    expect(blockedReason(reason, isInstalled)).toBe(expected);
  });
});
