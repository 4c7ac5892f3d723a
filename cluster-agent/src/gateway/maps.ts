import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';

/** A pod as the gateway has to know it: behind which address, and with which labels. */
export interface Pod {
  ip: string;
  namespace: string;
  name: string;
  uid?: string | undefined;
  node?: string | undefined;
  labels: Record<string, string>;
}

/** Whose pod it is. `agentId` is null when no agent of the tenant, or more than one, selects it. */
export interface Owner {
  tenantId: string;
  agentId: string | null;
}

/** What HAProxy looks up. All three together decide; a key without a value is denied. */
export interface Maps {
  sources: Map<string, string>;
  modes: Map<string, string>;
  /** The keys of each tenant; the same list as before is the same array, so that a change costs what it changes. */
  allowed: Map<string, readonly string[]>;
}

/** Which labels mean what; from the configuration. */
export interface PodLabels {
  tenantLabel: string;
  tenantsNamespace: string;
}

/** The value that opens a key. Which skill opened it is read from the document, so a hundred thousand lines stay small. */
const OPEN = '1';

/** The maps of everything that is in force. Pure. `keysOf` gives the allowed keys of one document. */
export function planMaps(
  documents: readonly TenantDocument[],
  {
    pods,
    labels,
    keysOf,
  }: { pods: readonly Pod[]; labels: PodLabels; keysOf: (document: TenantDocument) => readonly string[] },
): Maps {
  const byTenant = new Map(documents.map((document) => [document.tenantId, document]));
  const sources = new Map<string, string>();
  const taken = new Set<string>();
  for (const pod of pods) {
    const owner = ownerOf(pod, byTenant, labels);
    // Two pods with one address: one of them is on its way out, and which one is not known.
    if (taken.has(pod.ip)) sources.delete(pod.ip);
    else if (owner !== null) sources.set(pod.ip, `${owner.tenantId}|${owner.agentId ?? '-'}`);
    taken.add(pod.ip);
  }
  return {
    sources,
    modes: new Map(documents.map(({ tenantId, mode, revision }) => [tenantId, `${mode}|${revision}`])),
    allowed: new Map(documents.map((document) => [document.tenantId, keysOf(document)])),
  };
}

/** The tenant and the agent that a pod's labels say; null when no tenant of this cluster is named. */
export function ownerOf(
  pod: Pod,
  byTenant: ReadonlyMap<string, TenantDocument>,
  { tenantLabel, tenantsNamespace }: PodLabels,
): Owner | null {
  const document = pod.namespace === tenantsNamespace ? byTenant.get(pod.labels[tenantLabel] ?? '') : undefined;
  if (document === undefined) return null;
  const agents = document.agents.filter(({ selector }) => {
    const wanted = Object.entries(selector.matchLabels);
    return wanted.length > 0 && wanted.every(([key, value]) => pod.labels[key] === value);
  });
  const [agent] = agents;
  return { tenantId: document.tenantId, agentId: agent !== undefined && agents.length === 1 ? agent.agentId : null };
}

/** The commands that turn one map into the other. `add` on a key that is there would leave the old value in force. */
export function diffMap(
  file: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): { tighter: string[]; wider: string[] } {
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => `del map ${file} ${key}`);
  const wider: string[] = [];
  const changed: string[] = [];
  for (const [key, value] of after) {
    const last = before.get(key);
    if (last === undefined) wider.push(`add map ${file} ${key} ${value}`);
    else if (last !== value) changed.push(`set map ${file} ${key} ${value}`);
  }
  return { tighter: [...gone, ...changed], wider };
}

/** The same for what is allowed; tenants whose list did not change cost nothing. */
export function diffAllowed(
  file: string,
  before: Maps['allowed'],
  after: Maps['allowed'],
): { tighter: string[]; wider: string[] } {
  const tighter: string[] = [];
  const wider: string[] = [];
  for (const tenantId of new Set([...before.keys(), ...after.keys()])) {
    const [last, next] = [before.get(tenantId) ?? [], after.get(tenantId) ?? []];
    if (last === next) continue;
    const [had, has] = [new Set(last), new Set(next)];
    tighter.push(...last.filter((key) => !has.has(key)).map((key) => `del map ${file} ${key}`));
    wider.push(...next.filter((key) => !had.has(key)).map((key) => `add map ${file} ${key} ${OPEN}`));
  }
  return { tighter, wider };
}

/** The lines of each map's file, each with its end. */
export function formatMaps({ sources, modes, allowed }: Maps): Record<keyof Maps, string[]> {
  return {
    sources: formatLines(sources),
    modes: formatLines(modes),
    allowed: [...allowed.values()].flatMap((keys) => keys.map((key) => `${key} ${OPEN}\n`)),
  };
}

/** A map file: a line per key, each with its end. */
function formatLines(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([key, value]) => `${key} ${value}\n`);
}
