import { AegisError } from '@aegis/skill-sdk/errors';
import { systemRefusal } from '@aegis/skill-sdk/system-errors';
import type { Ack } from '@aegis/skill-sdk/wire/clusters';
import { z } from 'zod';
import type { Adopted } from './adopted.ts';
import { readIfThere, writeDurably } from './durable.ts';

const Instant = z.string();
const Failure = z.object({ code: z.string(), detail: z.string(), at: Instant });

/** How the agent is, for `aegis-agent status`, `/readyz` and `/metrics`. Written to the state folder. */
export const AgentStatus = z.object({
  v: z.literal(1),
  agentVersion: z.string(),
  pid: z.int(),
  bootId: z.string(),
  registry: z.string(),
  clusterId: z.string(),
  clusterName: z.string(),
  target: z.string(),
  startedAt: Instant,
  updatedAt: Instant,
  /** The adopted state; null before the first. */
  state: z
    .object({ epoch: z.int(), sequence: z.int(), issuedAt: Instant, expiresAt: Instant, adoptedAt: Instant })
    .nullable(),
  /** True when everything of the adopted state was put into effect. */
  applied: z.boolean(),
  /** Contact with the registry. */
  sync: z.object({ lastContactAt: Instant.nullable(), failures: z.int(), error: Failure.nullable() }),
  /** The newest state that could not be adopted; null again as soon as one could. */
  rejected: Failure.nullable(),
  /** What somebody else changed in the target and the agent undid, since this process started. */
  drift: z.object({
    count: z.int(),
    last: z
      .object({
        tenantId: z.string(),
        object: z.string(),
        changedBy: z.string().nullable(),
        change: z.enum(['edited', 'removed', 'added']),
        fields: z.array(z.object({ field: z.string(), wanted: z.unknown(), found: z.unknown() })),
        at: Instant,
      })
      .nullable(),
  }),
  /** Pods that have the tenant label and ask another DNS, so that the gateway never sees them; role gateway only. */
  notSteered: z.array(z.object({ pod: z.string(), patch: z.string() })),
  tenants: z.array(
    z.object({
      tenantId: z.string(),
      mode: z.enum(['soft', 'hard']).nullable(),
      revision: z.int(),
      state: z.enum(['applied', 'written', 'failed']),
      error: z.string().nullable(),
      enforcement: z.enum(['verified', 'unverified', 'none']),
      /** Destinations that the backend cannot carry and that stay closed. */
      unsupported: z.array(z.string()),
    }),
  ),
  outbox: z.object({ events: z.int(), bytes: z.int(), droppedRequests: z.int(), damagedLines: z.int() }),
});
export type AgentStatus = z.infer<typeof AgentStatus>;

/** A failure in the words that people get. */
export function describeFailure(error: unknown, nowMs: number): z.infer<typeof Failure> {
  const at = new Date(nowMs).toISOString();
  const refusal = systemRefusal(error);
  if (refusal !== null) return { ...refusal, at };
  const code = error instanceof AegisError ? error.code : 'INTERNAL';
  return { code, detail: error instanceof Error ? error.message : String(error), at };
}

/** What the status says about the adopted state. */
export function describeState({ epoch, sequence, issuedAt, expiresAt, adoptedAtMs }: Adopted): AgentStatus['state'] {
  return { epoch, sequence, issuedAt, expiresAt, adoptedAt: new Date(adoptedAtMs).toISOString() };
}

/** The acknowledgements with the mode and what stays closed beside each. */
export function describeTenants(
  adopted: Adopted,
  acks: readonly Ack[],
  unsupported: ReadonlyMap<string, string[]>,
): AgentStatus['tenants'] {
  const modes = new Map(adopted.tenants.map(({ tenantId, enforced }) => [tenantId, enforced?.document.mode ?? null]));
  return acks.map(({ tenantId, revision, state, error, enforcement }) => ({
    tenantId,
    mode: modes.get(tenantId) ?? null,
    revision,
    state,
    error: error ?? null,
    enforcement,
    unsupported: unsupported.get(tenantId) ?? [],
  }));
}

/** Is the agent doing its work? The reasons why not, in sentences; empty when it is. An unreachable registry is no reason. */
export function notReady(status: AgentStatus): string[] {
  return [
    ...(status.state === null ? ['No desired state has been adopted yet.'] : []),
    ...(status.state !== null && !status.applied ? ['Not everything of the adopted state is in effect.'] : []),
    ...(status.rejected === null ? [] : [`The newest state cannot be adopted: ${status.rejected.detail}`]),
  ];
}

export async function writeStatus(path: string, status: AgentStatus): Promise<void> {
  await writeDurably(path, `${JSON.stringify(status, null, 2)}\n`);
}

/** The status that the running agent, or the last one, has written; null when there is none. */
export async function readStatus(path: string): Promise<AgentStatus | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const parsed = AgentStatus.safeParse(JSON.parse(bytes.toString('utf8')));
  return parsed.success ? parsed.data : null;
}

const TARGET_WORDS: Readonly<Record<string, string>> = {
  kubernetes: 'the cluster accepts policies, and nothing proves yet that its network obeys them',
};

/** The status in words, for a terminal. */
export function spellStatus(status: AgentStatus, { running, nowMs }: { running: boolean; nowMs: number }): string {
  const { state, sync, outbox, rejected } = status;
  const lines = [
    `cluster   ${status.clusterName} (${status.clusterId})`,
    `registry  ${status.registry}, ${sync.failures === 0 ? `last answer ${ago(sync.lastContactAt, nowMs)}` : `${sync.failures} failures in a row: ${sync.error?.detail ?? ''}`}`,
    `agent     ${status.agentVersion}, ${running ? `running since ${status.startedAt} (process ${status.pid})` : 'not running'}`,
    state === null
      ? 'state     none adopted yet'
      : `state     ${state.epoch}.${state.sequence}, adopted ${ago(state.adoptedAt, nowMs)}${Date.parse(state.expiresAt) < nowMs ? ', expired and still in force' : ''}`,
    `target    ${status.target}: ${TARGET_WORDS[status.target] ?? 'nothing proves that a folder is enforced'}`,
    `blocked   ${outbox.events} to ship (${outbox.bytes} bytes), ${outbox.droppedRequests} requests lost and counted`,
  ];
  const { count, last } = status.drift;
  if (last !== null) {
    const who = last.changedBy === null ? '' : ` by ${last.changedBy}`;
    lines.push(`drift     ${count} undone; last ${last.object}, ${last.change}${who} ${ago(last.at, nowMs)}`);
    for (const { field, wanted, found } of last.fields)
      lines.push(`          ${field}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
  }
  for (const { pod, patch } of status.notSteered)
    lines.push(`pod       ${pod} is not steered; its template lacks ${patch}`);
  if (rejected !== null) lines.push(`REJECTED  ${rejected.detail}`);
  for (const tenant of status.tenants) {
    lines.push(
      `tenant    ${tenant.tenantId} ${tenant.mode ?? 'no mode'} revision ${tenant.revision} ${tenant.state}${tenant.error === null ? '' : `: ${tenant.error}`}`,
    );
    for (const destination of tenant.unsupported)
      lines.push(`          closed, needs the backend networkpolicy: ${destination}`);
  }
  return `${lines.join('\n')}\n`;
}

function ago(instant: string | null, nowMs: number): string {
  return instant === null ? 'never' : `${Math.max(0, Math.round((nowMs - Date.parse(instant)) / 1000))} s ago`;
}
