import { toInstant } from '@aegis/skill-sdk/clock';
import type { AegisError } from '@aegis/skill-sdk/errors';
import type { Ack, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { Adopted } from '../adopted.ts';
import type { Position } from '../desired.ts';
import { type AgentStatus, describeFailure, describeState, describeTenants } from '../status.ts';
import { type Applied, type ApplyOptions, apply, type Compiled } from './apply.ts';

export interface EnforcerOptions extends Omit<ApplyOptions, 'wasComplete'> {
  /** What is in force from an earlier process; null when nothing is. */
  adopted: Adopted | null;
  report: (position: Position, acks: readonly Ack[]) => void;
  /** Told after each reconciliation what is in force. */
  onApplied: (adopted: Adopted) => Promise<void>;
  clock: () => number;
}

/** Holds what is adopted and keeps the target there: one reconciliation at a time, each from what is adopted by then. */
export interface Enforcer {
  readonly adopted: Adopted | null;
  /** Makes a verified state the adopted one and puts it into effect; true when all of it holds. */
  adopt(next: Adopted): Promise<boolean>;
  /** A state came that cannot be adopted: the adopted one stays, and every tenant's acknowledgement says so. */
  reject(error: AegisError): Promise<void>;
  /** The registry has nothing newer any more, so an earlier rejection is over. */
  settle(): Promise<void>;
  /** Puts the adopted state into effect again; does nothing when there is none, so nothing is ever taken away by mistake. */
  reconcile(): Promise<boolean>;
  status(): Pick<AgentStatus, 'state' | 'applied' | 'rejected' | 'tenants' | 'drift'>;
}

export function createEnforcer(options: EnforcerOptions): Enforcer {
  let { adopted } = options;
  let applied: Applied | null = null;
  let rejected: AgentStatus['rejected'] = null;
  let settled: Adopted | null = null;
  const drift: AgentStatus['drift'] = { count: 0, last: null };
  let turn: Promise<unknown> = Promise.resolve();
  // A document never changes, so it is compiled once however often the others do.
  const compiled = new WeakMap<TenantDocument, Compiled>();
  const compile = (document: TenantDocument): Compiled => {
    const known = compiled.get(document) ?? options.compile(document);
    compiled.set(document, known);
    return known;
  };

  const reconcileNow = async (): Promise<boolean> => {
    const current = adopted;
    if (current === null) return true;
    applied = await apply(current, { ...options, compile, wasComplete: settled === current });
    settled = applied.complete ? current : null;
    drift.count += applied.drift.length;
    const last = applied.drift.at(-1);
    if (last !== undefined) drift.last = { ...last, at: toInstant(options.clock()) };
    await options.onApplied(current);
    options.report(current, rejected === null ? applied.acks : applied.acks.map(refusing(rejected.detail)));
    return applied.complete;
  };
  const reconcile = (): Promise<boolean> => {
    const next = turn.then(reconcileNow);
    turn = next.catch(() => undefined);
    return next;
  };
  return {
    get adopted() {
      return adopted;
    },
    adopt(next) {
      adopted = next;
      rejected = null;
      return reconcile();
    },
    async reject(error) {
      rejected = describeFailure(error, options.clock());
      await reconcile();
    },
    async settle() {
      if (rejected === null) return;
      rejected = null;
      await reconcile();
    },
    reconcile,
    status: () => ({
      state: adopted === null ? null : describeState(adopted),
      applied: applied?.complete ?? false,
      rejected,
      drift: { ...drift },
      tenants: adopted === null || applied === null ? [] : describeTenants(adopted, applied.acks, applied.unsupported),
    }),
  };
}

function refusing(detail: string): (ack: Ack) => Ack {
  return (ack) => ({ ...ack, state: 'failed', error: `${detail} Revision ${ack.revision} stays in force.` });
}
