import type { Log } from '@aegis/skill-sdk/log';
import { coversHost } from '@aegis/skill-sdk/permissions';
import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { Adopted } from '../adopted.ts';
import type { Config } from '../config.ts';
import type { createControl } from './control.ts';
import { planMaps } from './maps.ts';
import type { Pods } from './pods.ts';
import type { Verdict } from './sessions.ts';

/** The gateway listens here whatever is declared, so that a denial has a name in the log. */
const PORTS = [80, 443];

/** What decides, and by what; `state.isApplied` is written here. */
interface Deciding {
  config: Config;
  state: { adopted: Adopted | null; isApplied: boolean };
  pods: Pods;
  control: ReturnType<typeof createControl>;
  keysOf: (document: TenantDocument) => readonly string[];
  log: Log;
}

/** Puts the adopted state, with the pods that are there now, into effect; true when HAProxy has it. */
export async function applyState({ config, state, pods, control, keysOf, log }: Deciding): Promise<boolean> {
  // Until a state is adopted HAProxy has no configuration, does not start, and so lets nothing through.
  if (state.adopted === null) return false;
  const documents = state.adopted.tenants.flatMap(({ enforced }) => (enforced === null ? [] : [enforced.document]));
  const startedAtMs = performance.now();
  const maps = planMaps(documents, { pods: pods.now, labels: config, keysOf });
  const declared = documents.flatMap(({ agents }) =>
    agents.flatMap(({ allow }) => allow.flatMap(({ protocol, ports }) => (protocol === 'tcp' ? [] : ports))),
  );
  const byId = new Map(documents.map((document) => [document.tenantId, document]));
  const judge: Verdict = ({ from, tenantId, agentId, protocol, port, host }) => {
    const document = byId.get(tenantId);
    const agent = document?.agents.find((one) => one.agentId === agentId);
    return {
      owner: maps.sources.get(from.slice(0, from.lastIndexOf(':'))),
      mode: document?.mode ?? 'hard',
      isAllowed: agent !== undefined && coversHost(agent.allow, { host, port, protocol }),
    };
  };
  try {
    await control.apply({ maps, ports: [...new Set([...PORTS, ...declared])], judge });
    state.isApplied = true;
    log.info('gateway decides by the adopted state', {
      sequence: state.adopted?.sequence ?? 0,
      pods: maps.sources.size,
      rules: [...maps.allowed.values()].reduce((sum, { length }) => sum + length, 0),
      tookMs: Math.round(performance.now() - startedAtMs),
    });
  } catch (error) {
    state.isApplied = false;
    log.error('gateway not changed', { error });
  }
  return state.isApplied;
}
