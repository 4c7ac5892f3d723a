import type { AgentStatus } from '../status.ts';
import { NOW_MS, seededId } from './documents.ts';

/** The status of an agent that is well. */
export function agentStatus(more: Partial<AgentStatus> = {}): AgentStatus {
  const at = new Date(NOW_MS).toISOString();
  return {
    v: 1,
    agentVersion: '0.1.0',
    pid: 42,
    bootId: seededId('boot', 1),
    registry: 'https://registry.example',
    clusterId: seededId('cluster', 1),
    clusterName: 'berlin',
    target: 'manifests',
    startedAt: at,
    updatedAt: at,
    state: { epoch: 1, sequence: 17, issuedAt: at, expiresAt: new Date(NOW_MS + 1000).toISOString(), adoptedAt: at },
    applied: true,
    sync: { lastContactAt: at, failures: 0, error: null },
    rejected: null,
    drift: { count: 0, last: null },
    notSteered: [],
    tenants: [
      {
        tenantId: seededId('tenant', 1),
        mode: 'hard',
        revision: 7,
        state: 'written',
        error: null,
        enforcement: 'none',
        unsupported: [],
      },
    ],
    outbox: { events: 3, bytes: 1200, droppedRequests: 2, damagedLines: 0 },
    ...more,
  };
}
