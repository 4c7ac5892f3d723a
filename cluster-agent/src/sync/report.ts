import type { Log } from '@aegis/skill-sdk/log';
import type { Ack, AckRequest } from '@aegis/skill-sdk/wire/clusters';
import type { Position } from '../desired.ts';
import { backoffMs, createBell, pause, type Random } from '../every.ts';
import { type Registry, retryAfterMs } from '../registry.ts';

/** The most acknowledgements of one request; AckRequest takes no more. */
const ACKS_PER_REQUEST = 2000;
/** How often an idle reporter looks up; only a safety net, a new report rings. */
const IDLE_MS = 60_000;
/** What Ack takes. */
const ERROR_LENGTH_MAX = 2000;

export interface ReporterOptions {
  registry: Pick<Registry, 'acknowledge'>;
  /** The same in every request of this process. */
  sender: Pick<AckRequest, 'bootId' | 'agentVersion' | 'target'>;
  random: Random;
  log: Log;
}

/** Tells the registry what became of each tenant. Only the newest word counts, so an older undelivered one is replaced. */
export interface Reporter {
  /** The truth about all tenants at this position; what the registry has heard already is not sent again. */
  report(position: Position, acks: readonly Ack[]): void;
  /** Delivers until the signal aborts; what is not delivered is retried until it is. */
  run(signal: AbortSignal): Promise<void>;
  /** One try to deliver what is left, for the end of the process. */
  flush(signal: AbortSignal): Promise<void>;
}

/** A reporter that has told nothing yet. */
export function createReporter({ registry, sender, random, log }: ReporterOptions): Reporter {
  const bell = createBell();
  const delivered = new Map<string, string>();
  let position: Position | null = null;
  let wanted = new Map<string, Ack>();

  const open = () => [...wanted.values()].filter((ack) => delivered.get(ack.tenantId) !== JSON.stringify(ack));
  const deliver = async (signal: AbortSignal) => {
    for (let acks = open(); position !== null && acks.length > 0; acks = open()) {
      const batch = acks.slice(0, ACKS_PER_REQUEST);
      const { epoch, sequence } = position;
      await registry.acknowledge({ ...sender, epoch, sequence, acks: batch }, signal);
      for (const ack of batch) delivered.set(ack.tenantId, JSON.stringify(ack));
    }
  };
  return {
    report(next, acks) {
      position = { epoch: next.epoch, sequence: next.sequence };
      wanted = new Map(acks.map((ack) => [ack.tenantId, shorten(ack)]));
      for (const tenantId of delivered.keys()) if (!wanted.has(tenantId)) delivered.delete(tenantId);
      bell.ring();
    },
    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        try {
          await deliver(signal);
          failures = 0;
          await bell.wait(IDLE_MS, signal);
        } catch (error) {
          if (signal.aborted) return;
          failures++;
          log.warn('acknowledgement failed', { error, failures });
          await pause(backoffMs(failures, random, retryAfterMs(error)), signal);
        }
      }
    },
    flush: deliver,
  };
}

function shorten(ack: Ack): Ack {
  if (ack.error === undefined || ack.error.length <= ERROR_LENGTH_MAX) return ack;
  return { ...ack, error: `${ack.error.slice(0, ERROR_LENGTH_MAX - 1)}…` };
}
