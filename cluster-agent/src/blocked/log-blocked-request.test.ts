import { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import { describe, expect, it } from 'vitest';
import type { Sighting } from '../target.ts';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { createCollector } from './collect.ts';
import { type BlockedBy, logBlockedRequest } from './log-blocked-request.ts';

const by: BlockedBy = {
  mode: 'hard',
  reason: 'not_in_allowlist',
  revision: 7,
  source: 'context',
  src: { ip: '127.0.0.1' },
  atMs: NOW_MS,
};

function logged(more: Partial<BlockedBy> = {}): Sighting {
  const seen: Sighting[] = [];
  const destination = { host: 'Evil.Example.COM', hostSource: 'context' as const, port: 443, protocol: 'tls' };
  logBlockedRequest(seededId('tenant', 1), destination, { ...by, ...more }, (sighting) => seen.push(sighting));
  const [sighting] = seen;
  if (sighting === undefined) throw new Error('nothing was recorded');
  return sighting;
}

describe('logBlockedRequest (A122)', () => {
  it.each([
    ['hard', 'denied'],
    ['soft', 'would_deny'],
  ] as const)('in %s records the verdict %s', (mode, verdict) => {
    expect(logged({ mode }).verdict).toBe(verdict);
  });

  it.each(['not_in_allowlist', 'skill_not_installed'] as const)('records the reason %s (A133)', (reason) => {
    expect(logged({ reason }).reason).toBe(reason);
  });

  it('becomes a valid event with every field of A132', () => {
    const skill = { name: 'weather', version: '1.2.0' };
    const pod = { namespace: 'aegis-tenants', name: 'assistant-0' };
    const sighting = logged({ agentId: seededId('agent', 1), skill, pod, sample: 'forecast' });
    const [event] = createCollector().add(sighting);
    expect(BlockedEvent.parse({ ...event, seq: 1 })).toMatchObject({
      tenantId: seededId('tenant', 1),
      agentId: seededId('agent', 1),
      src: { ip: '127.0.0.1' },
      dst: { host: 'evil.example.com', hostSource: 'context', port: 443 },
      protocol: 'tls',
      skill,
      pod,
      policy: { revision: 7 },
      samples: ['forecast'],
    });
  });
});
