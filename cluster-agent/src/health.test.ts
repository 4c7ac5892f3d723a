import { describe, expect, it, onTestFinished } from 'vitest';
import { serveHealth } from './health.ts';
import type { AgentStatus } from './status.ts';
import { agentStatus } from './testing/status.ts';

async function serving(status: AgentStatus) {
  const server = await serveHealth({ host: '127.0.0.1', port: 0, status: () => status });
  onTestFinished(() => server.close());
  return async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    return { code: response.status, text: await response.text(), type: response.headers.get('content-type') };
  };
}

describe('health', () => {
  it('is alive, ready and in numbers when the agent is well', async () => {
    const get = await serving(agentStatus());
    expect(await get('/healthz')).toMatchObject({ code: 200, text: 'ok\n' });
    expect(await get('/readyz?verbose')).toMatchObject({ code: 200, text: 'ready\n' });
    const metrics = await get('/metrics');
    expect(metrics.type).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      'aegis_agent_state_sequence 17',
      'aegis_agent_tenants 1',
      'aegis_agent_outbox_events 3',
      'aegis_agent_events_discarded_total 2',
      '# TYPE aegis_agent_events_discarded_total counter',
    ]) {
      expect(metrics.text.split('\n')).toContain(line);
    }
  });

  it('is alive and not ready, with the reason, before a state is adopted', async () => {
    const get = await serving(agentStatus({ state: null, sync: { lastContactAt: null, failures: 1, error: null } }));
    expect((await get('/healthz')).code).toBe(200);
    expect(await get('/readyz')).toMatchObject({ code: 503, text: 'No desired state has been adopted yet.\n' });
    expect((await get('/metrics')).text).toContain('aegis_agent_state_sequence 0');
  });

  it('has nothing else to say', async () => {
    const get = await serving(agentStatus());
    expect((await get('/')).code).toBe(404);
    expect((await get('/status.json')).code).toBe(404);
    expect(await get('/healthz', { method: 'HEAD' })).toMatchObject({ code: 200, text: '' });
  });

  it('says that its port is taken instead of going on without it', async () => {
    const server = await serveHealth({ host: '127.0.0.1', port: 0, status: agentStatus });
    onTestFinished(() => server.close());
    await expect(serveHealth({ host: '127.0.0.1', port: server.port, status: agentStatus })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});
