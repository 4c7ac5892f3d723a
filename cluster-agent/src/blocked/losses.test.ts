import { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import { describe, expect, it } from 'vitest';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { event } from '../testing/sightings.ts';
import { addLosses, createLosses, toDropped } from './losses.ts';

describe('what was lost', () => {
  it('is one valid record per tenant and verdict, with how many requests, which numbers and which time', () => {
    const losses = createLosses();
    const at = (second: number) => new Date(NOW_MS + second * 1000).toISOString();
    addLosses(losses, [
      { ...event('a.example.com', { count: 4, firstAt: at(5), lastAt: at(9) }), seq: 12 },
      { ...event('b.example.com', { count: 1, firstAt: at(1), lastAt: at(2) }), seq: 11 },
      { ...event('b.example.com', { verdict: 'would_deny' }), seq: 13 },
      { ...event('c.example.com', { tenantId: seededId('tenant', 2) }), seq: 14 },
    ]);
    const records = toDropped(losses, NOW_MS);
    expect(records.map(({ tenantId, verdict, count, lost }) => [tenantId, verdict, count, lost])).toEqual([
      [seededId('tenant', 1), 'denied', 5, { from: 11, to: 12 }],
      [seededId('tenant', 1), 'would_deny', 1, { from: 13, to: 13 }],
      [seededId('tenant', 2), 'denied', 1, { from: 14, to: 14 }],
    ]);
    expect(records[0]).toMatchObject({ kind: 'dropped', firstAt: at(1), lastAt: at(9), dst: { host: '*', port: 0 } });
    for (const record of records) BlockedEvent.parse({ ...record, seq: 1 });
  });

  it('has no numbers when the events never got any', () => {
    const losses = createLosses();
    addLosses(losses, [event(), event()]);
    expect(toDropped(losses, NOW_MS)).toMatchObject([{ count: 2, lost: {} }]);
    expect(toDropped(createLosses(), NOW_MS)).toEqual([]);
  });
});
