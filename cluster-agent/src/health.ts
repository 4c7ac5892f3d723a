import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AegisError } from '@aegis/skill-sdk/errors';
import { type AgentStatus, notReady } from './status.ts';

/** Nobody asks a health endpoint for long. */
const REQUEST_TIMEOUT_MS = 5000;

export interface HealthOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  status: () => AgentStatus;
}

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/**
 * `/healthz` (the process lives), `/readyz` (it has a state and all of it is in effect; an unreachable registry does
 * not count, because a restart would not help) and `/metrics`. The one port that the agent opens.
 */
export async function serveHealth({ host, port, status }: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const { code, body, type = 'text/plain; charset=utf-8' } = answer(request.url ?? '/', status());
    response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new AegisError('USAGE', {
          detail: `${host}:${port} cannot serve health (${cause.message}). Set AEGIS_HEALTH_PORT to another port, or to off.`,
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(url: string, status: AgentStatus): { code: number; body: string; type?: string } {
  switch (url.split('?')[0]) {
    case '/healthz':
      return { code: 200, body: 'ok\n' };
    case '/readyz': {
      const reasons = notReady(status);
      return reasons.length === 0 ? { code: 200, body: 'ready\n' } : { code: 503, body: `${reasons.join('\n')}\n` };
    }
    case '/metrics':
      return { code: 200, body: formatMetrics(status), type: 'text/plain; version=0.0.4; charset=utf-8' };
    default:
      return { code: 404, body: 'Here are /healthz, /readyz and /metrics.\n' };
  }
}

/** The Prometheus text format. */
function formatMetrics({ state, sync, outbox, tenants, applied, rejected, drift, notSteered }: AgentStatus): string {
  const failed = tenants.filter((tenant) => tenant.state === 'failed').length;
  const rows: [name: string, kind: 'gauge' | 'counter', help: string, value: number][] = [
    ['aegis_agent_state_epoch', 'gauge', 'Epoch of the adopted state', state?.epoch ?? 0],
    ['aegis_agent_state_sequence', 'gauge', 'Sequence of the adopted state', state?.sequence ?? 0],
    [
      'aegis_agent_state_issued_seconds',
      'gauge',
      'When the adopted state was issued',
      state === null ? 0 : Date.parse(state.issuedAt) / 1000,
    ],
    ['aegis_agent_state_applied', 'gauge', '1 when all of the adopted state is in effect', applied ? 1 : 0],
    ['aegis_agent_state_rejected', 'gauge', '1 when the newest state cannot be adopted', rejected === null ? 0 : 1],
    ['aegis_agent_tenants', 'gauge', 'Tenants of this cluster', tenants.length],
    ['aegis_agent_tenants_failed', 'gauge', 'Tenants whose newest document is not in effect', failed],
    ['aegis_agent_drift_total', 'counter', 'Objects that somebody else changed and the agent put right', drift.count],
    ['aegis_agent_pods_not_steered', 'gauge', 'Pods of tenants that ask another DNS', notSteered.length],
    ['aegis_agent_sync_failures', 'gauge', 'Failed requests in a row', sync.failures],
    [
      'aegis_agent_sync_contact_seconds',
      'gauge',
      'When the registry answered last',
      sync.lastContactAt === null ? 0 : Date.parse(sync.lastContactAt) / 1000,
    ],
    ['aegis_agent_outbox_events', 'gauge', 'Blocked requests that wait to be shipped', outbox.events],
    ['aegis_agent_outbox_bytes', 'gauge', 'Bytes of the spool', outbox.bytes],
    [
      'aegis_agent_events_discarded_total',
      'counter',
      'Blocked requests that were lost, each counted in a record',
      outbox.droppedRequests,
    ],
  ];
  return rows
    .map(([name, kind, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name} ${value}\n`)
    .join('');
}
