import { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { sighting } from '../testing/sightings.ts';
import { createCollector } from './collect.ts';

const at = (seconds: number) => NOW_MS + seconds * 1000;
const toHost = (host: string, more = {}) => sighting({ dst: { host, hostSource: 'sni', port: 443 }, ...more });

describe('counting denials together (A139)', () => {
  it('lets the first of a key out at once, whole and valid', () => {
    const [first, ...rest] = createCollector().add(sighting({ sample: 'tool fetch' }));
    expect(rest).toEqual([]);
    expect(BlockedEvent.parse({ ...first, seq: 1 })).toMatchObject({
      kind: 'request',
      count: 1,
      firstAt: '2026-11-21T12:00:00.000Z',
      samples: ['tool fetch'],
    });
    expect(first).not.toHaveProperty('atMs');
  });

  it('counts the others, and tells them when the window of ten seconds ends', () => {
    const collector = createCollector();
    collector.add(sighting());
    expect([1, 4, 9].flatMap((second) => collector.add(sighting({ atMs: at(second) })))).toEqual([]);
    expect(collector.flush(at(10) - 1)).toEqual([]);
    expect(collector.flush(at(10))).toMatchObject([
      { count: 3, firstAt: '2026-11-21T12:00:01.000Z', lastAt: '2026-11-21T12:00:09.000Z' },
    ]);
  });

  it('tells a steady stream once a window, and a key that came back after a quiet window at once', () => {
    const collector = createCollector();
    collector.add(sighting());
    collector.add(sighting({ atMs: at(5) }));
    expect(collector.flush(at(10))).toHaveLength(1);
    expect(collector.add(sighting({ atMs: at(12) }))).toEqual([]);
    expect(collector.flush(at(20))).toMatchObject([{ count: 1 }]);
    expect(collector.flush(at(30))).toEqual([]);
    expect(collector.add(sighting({ atMs: at(31) }))).toHaveLength(1);
  });

  it.each([
    ['tenant', { tenantId: seededId('tenant', 2) }],
    ['agent', { agentId: seededId('agent', 2) }],
    ['pod', { pod: { namespace: 'aegis-tenants', name: 'other' } }],
    ['host', { dst: { host: 'other.example.com', hostSource: 'sni' as const, port: 443 } }],
    ['port', { dst: { host: 'evil.example.com', hostSource: 'sni' as const, port: 8443 } }],
    ['protocol', { protocol: 'http' }],
    ['verdict', { verdict: 'would_deny' as const }],
    ['reason', { reason: 'port' as const }],
    ['revision', { policy: { revision: 8 } }],
  ])('keeps another %s apart', (_, more) => {
    const collector = createCollector();
    collector.add(sighting());
    expect(collector.add(sighting(more))).toHaveLength(1);
  });

  it('takes the address as key where there is no host', () => {
    const collector = createCollector();
    const raw = (ip: string) => sighting({ dst: { host: '', hostSource: 'none', ip, port: 443 }, reason: 'raw_ip' });
    expect(collector.add(raw('192.0.2.1'))).toHaveLength(1);
    expect(collector.add(raw('192.0.2.1'))).toEqual([]);
    expect(collector.add(raw('192.0.2.2'))).toHaveLength(1);
  });

  it('keeps a few different samples, each bounded', () => {
    const collector = createCollector();
    collector.add(sighting());
    for (let index = 0; index < 20; index++) collector.add(sighting({ sample: `${index % 7} ${'x'.repeat(500)}` }));
    const [event] = collector.flush(at(10));
    expect(event?.samples).toHaveLength(5);
    expect(event?.samples.every((text) => text.length === 200)).toBe(true);
  });

  it('counts a port scan in one overflow record, and leaves other tenants their keys', () => {
    const collector = createCollector({ keysPerTenantMax: 3 });
    const scan = Array.from({ length: 50 }, (_, port) =>
      toHost('evil.example.com', { dst: { host: 'evil.example.com', hostSource: 'sni', port } }),
    );
    expect(scan.flatMap((one) => collector.add(one))).toHaveLength(3);
    collector.add(scan[49] ?? sighting());
    expect(collector.add(sighting({ tenantId: seededId('tenant', 2) }))).toHaveLength(1);
    const [overflow, ...rest] = collector.flush(at(10));
    expect(rest).toEqual([]);
    expect(BlockedEvent.parse({ ...overflow, seq: 1 })).toMatchObject({
      kind: 'overflow',
      count: 48,
      lost: { distinct: 47 },
      dst: { host: '*' },
    });
  });

  it('overflows denied and would-be-denied requests apart, because their sums mean different things', () => {
    const collector = createCollector({ keysPerTenantMax: 0 });
    collector.add(toHost('a.example.com'));
    collector.add(toHost('b.example.com', { verdict: 'would_deny' }));
    expect(collector.flush(at(10)).map(({ verdict, count }) => [verdict, count])).toEqual([
      ['denied', 1],
      ['would_deny', 1],
    ]);
  });

  it('gives away everything it still counts at the end', () => {
    const collector = createCollector({ keysPerTenantMax: 1 });
    for (const host of ['a.example.com', 'a.example.com', 'b.example.com']) collector.add(toHost(host));
    expect(collector.drain().map(({ kind, count }) => [kind, count])).toEqual([
      ['request', 1],
      ['overflow', 1],
    ]);
    expect(collector.drain()).toEqual([]);
  });

  it('loses no request, whatever comes in whichever order: what goes in comes out', () => {
    const step = record({
      host: constantFrom('a', 'b', 'c', 'd'),
      seed: constantFrom(1, 2),
      afterMs: integer({ min: 0, max: 8000 }),
    });
    assert(
      property(array(step, { maxLength: 100 }), (steps) => {
        const collector = createCollector({ keysPerTenantMax: 2 });
        let nowMs = NOW_MS;
        let out = 0;
        for (const { host, seed, afterMs } of steps) {
          nowMs += afterMs;
          const events = [
            ...collector.flush(nowMs),
            ...collector.add(toHost(`${host}.example.com`, { tenantId: seededId('tenant', seed), atMs: nowMs })),
          ];
          out += events.reduce((sum, { count }) => sum + count, 0);
        }
        out += collector.drain().reduce((sum, { count }) => sum + count, 0);
        expect(out).toBe(steps.length);
      }),
      { seed: 11 },
    );
  });
});
