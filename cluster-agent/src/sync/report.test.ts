import { AegisError } from '@aegis/skill-sdk/errors';
import type { Ack, AckRequest } from '@aegis/skill-sdk/wire/clusters';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seededId } from '../testing/documents.ts';
import { recordedLog } from '../testing/log.ts';
import { createReporter } from './report.ts';

const sender = { bootId: seededId('boot', 1), agentVersion: '0.1.0', target: 'manifests' as const };
const never = new AbortController().signal;

function ack(seed: number, revision = 1, more: Partial<Ack> = {}): Ack {
  return { tenantId: seededId('tenant', seed), revision, state: 'written', enforcement: 'none', ...more };
}

function world(answer: () => void = () => {}) {
  const sent: AckRequest[] = [];
  const registry = {
    acknowledge: async (request: AckRequest) => {
      sent.push(request);
      answer();
    },
  };
  const reporter = createReporter({ registry, sender, random: () => 0, log: recordedLog().log });
  return { reporter, sent };
}

describe('acknowledging', () => {
  it('says who, at which position, and what became of each tenant', async () => {
    const { reporter, sent } = world();
    reporter.report({ epoch: 1, sequence: 4 }, [ack(1), ack(2, 3, { state: 'failed', error: 'Not covered.' })]);
    await reporter.flush(never);
    expect(sent).toEqual([
      { ...sender, epoch: 1, sequence: 4, acks: [ack(1), ack(2, 3, { state: 'failed', error: 'Not covered.' })] },
    ]);
  });

  it('says only what is new', async () => {
    const { reporter, sent } = world();
    reporter.report({ epoch: 1, sequence: 4 }, [ack(1), ack(2)]);
    await reporter.flush(never);
    reporter.report({ epoch: 1, sequence: 5 }, [ack(1), ack(2, 2)]);
    await reporter.flush(never);
    reporter.report({ epoch: 1, sequence: 5 }, [ack(1), ack(2, 2)]);
    await reporter.flush(never);
    expect(sent.map(({ acks }) => acks)).toEqual([[ack(1), ack(2)], [ack(2, 2)]]);
  });

  it('says it again for a tenant that was away and came back', async () => {
    const { reporter, sent } = world();
    for (const acks of [[ack(1)], [], [ack(1)]]) {
      reporter.report({ epoch: 1, sequence: 1 }, acks);
      await reporter.flush(never);
    }
    expect(sent).toHaveLength(2);
  });

  it('is retried until it is delivered, with the newest word only', async () => {
    let failures = 1;
    const { reporter, sent } = world(() => {
      if (failures-- > 0) throw new AegisError('UNAVAILABLE');
    });
    const stop = new AbortController();
    reporter.report({ epoch: 1, sequence: 1 }, [ack(1, 1)]);
    const running = reporter.run(stop.signal);
    onTestFinished(() => stop.abort());
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    reporter.report({ epoch: 1, sequence: 2 }, [ack(1, 2)]);
    await vi.waitFor(() => expect(sent).toHaveLength(2), { timeout: 5000 });
    expect(sent.at(-1)).toMatchObject({ sequence: 2, acks: [{ revision: 2 }] });
    stop.abort();
    await running;
  });

  it('goes out at once when a report comes while it waits', async () => {
    const { reporter, sent } = world();
    const stop = new AbortController();
    const running = reporter.run(stop.signal);
    onTestFinished(() => stop.abort());
    reporter.report({ epoch: 1, sequence: 1 }, [ack(1)]);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    stop.abort();
    await running;
  });

  it('is split where a request would be too long, and an error is shortened to what the wire takes', async () => {
    const { reporter, sent } = world();
    const many = Array.from({ length: 2001 }, (_, index) => ({ ...ack(1), tenantId: `t${index}` }));
    reporter.report({ epoch: 1, sequence: 1 }, [...many, ack(2, 1, { state: 'failed', error: 'x'.repeat(5000) })]);
    await reporter.flush(never);
    expect(sent.map(({ acks }) => acks.length)).toEqual([2000, 2]);
    expect(sent[1]?.acks[1]?.error).toHaveLength(2000);
  });
});
