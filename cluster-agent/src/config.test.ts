import { AegisError } from '@aegis/skill-sdk/errors';
import { describe, expect, it } from 'vitest';
import { parseConfig, parseStateDir } from './config.ts';

const MINIMAL = { AEGIS_REGISTRY: 'https://registry.example/' };

describe('configuration', () => {
  it('needs the registry only, and everything else has a default', () => {
    const config = parseConfig(MINIMAL);
    expect(config).toMatchObject({
      registry: 'https://registry.example',
      joinToken: null,
      target: 'manifests',
      stateDir: '/var/lib/aegis-agent',
      manifestsDir: '/var/lib/aegis-agent/manifests',
      healthPort: null,
      pollWaitSeconds: 20,
      tenantLabel: 'tenant',
      tenantsNamespace: 'aegis-tenants',
      platformServices: [{ namespace: 'aegis-system', label: { key: 'app', value: 'aegis-api' }, port: null }],
      dns: 'steer',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    ['8080', 8080],
    ['0', 0],
    ['off', null],
    ['', null],
  ])('takes the health port %j as %j', (given, port) => {
    expect(parseConfig({ ...MINIMAL, AEGIS_HEALTH_PORT: given }).healthPort).toBe(port);
  });

  it('takes several platform services, with and without a port, or none', () => {
    const services = (text: string) => parseConfig({ ...MINIMAL, AEGIS_PLATFORM_SERVICES: text }).platformServices;
    expect(services('aegis-system/app=aegis-api:8443, logs/app.kubernetes.io/name=loki')).toEqual([
      { namespace: 'aegis-system', label: { key: 'app', value: 'aegis-api' }, port: 8443 },
      { namespace: 'logs', label: { key: 'app.kubernetes.io/name', value: 'loki' }, port: null },
    ]);
    expect(services('none')).toEqual([]);
  });

  it.each([
    ['AEGIS_REGISTRY', 'ftp://registry.example'],
    ['AEGIS_REGISTRY', 'registry'],
    ['AEGIS_TARGET', 'nomad'],
    ['AEGIS_HEALTH_PORT', '65536'],
    ['AEGIS_HEALTH_PORT', 'yes'],
    ['AEGIS_POLL_WAIT_SECONDS', '26'],
    ['AEGIS_POLL_WAIT_SECONDS', 'long'],
    ['AEGIS_TENANT_LABEL', 'not a label'],
    ['AEGIS_TENANTS_NAMESPACE', 'Not-A-Namespace'],
    ['AEGIS_PLATFORM_SERVICES', 'app=aegis-api'],
    ['AEGIS_PLATFORM_SERVICES', 'ns/app=api:0'],
    ['AEGIS_DNS', 'maybe'],
    ['AEGIS_GATEWAY_ADDRESS', 'gateway.example'],
  ])('stops with a sentence that names %s=%s', (name, value) => {
    expect(() => parseConfig({ ...MINIMAL, [name]: value })).toThrow(name);
  });

  it('names everything that is wrong at once, and says what is not set', () => {
    const parse = () => parseConfig({ AEGIS_HEALTH_PORT: 'x' });
    expect(parse).toThrow(AegisError);
    expect(parse).toThrow(/AEGIS_REGISTRY: is not set\. AEGIS_HEALTH_PORT: wants a port, or off/);
  });

  it('wants the address of the gateway for strict DNS, because names are answered with it', () => {
    expect(() => parseConfig({ ...MINIMAL, AEGIS_DNS: 'strict' })).toThrow('AEGIS_GATEWAY_ADDRESS');
    expect(parseConfig({ ...MINIMAL, AEGIS_DNS: 'strict', AEGIS_GATEWAY_ADDRESS: '10.0.0.1' }).dns).toBe('strict');
  });

  it('finds the state folder without a registry', () => {
    expect(parseStateDir({ AEGIS_STATE_DIR: '/tmp/state' })).toBe('/tmp/state');
    expect(parseStateDir({})).toBe('/var/lib/aegis-agent');
  });
});
