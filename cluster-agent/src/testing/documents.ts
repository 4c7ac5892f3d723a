import { newId } from '@aegis/skill-sdk/ids';
import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { ApprovalEnvelope } from '@aegis/skill-sdk/wire/skills';

/** The instant of every pure test. */
export const NOW_MS = Date.UTC(2026, 10, 21, 12);

/** The same ids in every run: `seededId('tenant', 1)`. */
export function seededId(kind: Parameters<typeof newId>[0], seed: number): string {
  return newId(kind, NOW_MS, (bytes) => bytes.fill(seed));
}

type Agent = TenantDocument['agents'][number];
type Allow = Agent['allow'][number];

/** A destination of the skill weather 1.2.0, or as the overrides say. */
export function allow(host: string, more: Partial<Allow> = {}): Allow {
  const digest = `sha256:${'a'.repeat(64)}`;
  return {
    host,
    ports: [443],
    protocol: 'tls',
    origin: { kind: 'skill', name: 'weather', version: '1.2.0', digest },
    ...more,
  };
}

export function agent(more: Partial<Agent> = {}): Agent {
  return {
    agentId: seededId('agent', 1),
    name: 'assistant',
    selector: { matchLabels: { 'aegis.dev/agent': 'assistant' } },
    allow: [],
    base: null,
    ...more,
  };
}

/** A document that nobody signed: for what does not look at signatures. */
export function tenantDocument(more: Partial<TenantDocument> = {}): TenantDocument {
  return { v: 1, tenantId: seededId('tenant', 1), revision: 7, mode: 'hard', agents: [], installs: [], ...more };
}

/** The shape of an approval without a valid signature. */
export const UNSIGNED: ApprovalEnvelope = {
  payloadType: 'application/vnd.in-toto+json',
  payload: 'e30=',
  signatures: [{ keyid: 'none', sig: 'AAAA' }],
};
