import { describe, expect, it } from 'vitest';
import { decision, finished, signingRegistry } from '../../testing/signing-registry.ts';
import { greeter } from '../../testing/test-io.ts';

async function world(changes: Record<string, string> = {}) {
  const registry = await signingRegistry();
  const io = await greeter(changes, { env: { AEGIS_REGISTRY: registry.url, AEGIS_TOKEN: 'aeg_good' } });
  return { registry, io };
}

describe('aegis publish (A20-A22, A57)', () => {
  it('builds the folder, sends exactly those bytes, and says that it is pending review', async () => {
    const { registry, io } = await world();
    expect(await io.aegis('publish'), io.err()).toBe(0);
    expect(io.out()).toContain(`greeter 1.0.0 is at ${registry.url}, pending review`);
    await io.aegis('build', '--json', '--out', 'elsewhere');
    const upload = registry.received.find(({ url }) => url.startsWith('/api/skills/private/upload'));
    expect(upload?.url).toMatch(/\?tenantId=ten-/);
    const built = io.out().match(/"archiveDigest":"(sha256:[0-9a-f]+)"/)?.[1];
    expect(new TextDecoder().decode(upload?.body)).toContain(built);
  });

  it('sends a built package as it is', async () => {
    const { io } = await world();
    await io.aegis('build');
    io.clear();
    expect(await io.aegis('publish', 'dist/greeter-1.0.0.tar.gz', '--json')).toBe(0);
    expect(io.json()[0]).toMatchObject({
      name: 'greeter',
      version: '1.0.0',
      status: 'pending_review',
      attemptId: 'att-01jd0000000000000000000000',
    });
  });

  it('needs a credential (A21)', async () => {
    const io = await greeter();
    expect(await io.aegis('publish')).toBe(4);
  });

  it('sends nothing when the skill has errors or the path is missing', async () => {
    const { registry, io } = await world({ 'manifest.yaml': 'name: x\n' });
    expect(await io.aegis('publish')).toBe(1);
    expect(await io.aegis('publish', 'missing.tar.gz')).toBe(2);
    expect(await io.aegis('publish', '--timeout', 'soon', '--wait')).toBe(1);
    expect(registry.received).toHaveLength(0);
  });
});

describe('aegis publish --wait', () => {
  it('waits until it was analysed: exit 0, findings with their place', async () => {
    const { registry, io } = await world();
    registry.onGet = (skill, times) => {
      skill.report = { ...finished('review', 80), state: times < 3 ? 'running' : 'done' };
    };
    expect(await io.aegis('publish', '--wait'), io.err()).toBe(0);
    expect(io.out()).toContain('greeter 1.0.0  pending review, number 3 in the queue');
    expect(io.out()).toContain('analysis: review, score 80 of 100');
    expect(io.out()).toContain('handlers/greet.js:3:5');
    expect(io.out()).toContain('fix: Parse the text instead.');
  });

  it('exits 1 when the analysis blocks the approval', async () => {
    const { registry, io } = await world();
    registry.onGet = (skill) => {
      skill.report = finished('block', 10);
    };
    expect(await io.aegis('publish', '--wait')).toBe(1);
  });

  it('exits 0 when a reviewer approved, 5 when changes were asked for, with what to change', async () => {
    const approved = await world();
    approved.registry.onGet = (skill, times) => {
      skill.report = finished('allow', 100);
      if (times > 2) Object.assign(skill, { status: 'approved', decisions: [decision('approved')] });
    };
    expect(await approved.io.aegis('publish', '--wait-review')).toBe(0);
    expect(approved.io.out()).toContain('Install it: aegis install greeter@1.0.0');
    const rejected = await world();
    rejected.registry.onGet = (skill, times) => {
      if (times > 2)
        Object.assign(skill, {
          status: 'rejected',
          decisions: [decision('rejected', { reasonCodes: ['permission_too_wide'], notes: 'Only one host, please.' })],
        });
    };
    expect(await rejected.io.aegis('publish', '--wait-review')).toBe(5);
    expect(rejected.io.out()).toContain('rejected by Rita Reviewer');
    expect(rejected.io.out()).toContain('│ Only one host, please.');
    expect(rejected.io.out()).toContain('A permission is wider than the skill needs');
    expect(rejected.io.out()).toContain('publish it with a higher version than 1.0.0');
  });

  it('exits 6 when the time is over and it is still pending', async () => {
    const { io, registry } = await world();
    expect(await io.aegis('publish', '--wait', '--timeout', '20', '--json')).toBe(6);
    expect(io.json()[0]).toMatchObject({ timedOut: true });
    const polls = registry.received.filter(
      ({ method, url }) => method === 'GET' && url.startsWith('/api/skills/private/skv-'),
    );
    expect(polls.length).toBeGreaterThan(4);
    expect(polls.length).toBeLessThan(15);
  });
});
