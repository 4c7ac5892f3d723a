import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import type { Log } from '@aegis/skill-sdk/log';
import { z } from 'zod';
import { backoffMs, pause } from '../every.ts';
import type { Pod } from './maps.ts';
import { type NotSteered, openSource, type Pods } from './pods.ts';

const PAGE_PODS = 500;
/** The server ends a watch after this, so that one that hangs is noticed. */
const WATCH_SECONDS = 240;
/** And if it does not, nothing may be silent for longer: bookmarks come about once a minute. */
const SILENCE_MS_MAX = 300_000;
/** A status that names more pods than these is not read. */
const NOT_STEERED_MAX = 100;

/** How a pod of the cluster reaches its API: what Kubernetes puts into every pod that has a service account. */
export interface ClusterAccess {
  /** `https://kubernetes.default.svc`, or an address. */
  server: string;
  tokenFile: string;
  caFile: string;
}

const ApiPod = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    resourceVersion: z.string(),
  }),
  spec: z
    .looseObject({
      nodeName: z.string().optional(),
      hostNetwork: z.boolean().default(false),
      dnsPolicy: z.string().default('ClusterFirst'),
      dnsConfig: z.looseObject({ nameservers: z.array(z.string()).default([]) }).default({ nameservers: [] }),
    })
    .default({ hostNetwork: false, dnsPolicy: 'ClusterFirst', dnsConfig: { nameservers: [] } }),
  status: z
    .looseObject({
      phase: z.string().default(''),
      podIPs: z.array(z.looseObject({ ip: z.string() })).default([]),
    })
    .default({ phase: '', podIPs: [] }),
});
type ApiPod = z.infer<typeof ApiPod>;
const PodPage = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().default('') }),
  items: z.array(ApiPod).default([]),
});
const Event = z.looseObject({ type: z.string(), object: z.unknown() });
const Bookmark = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });
const Ipv4 = z.ipv4();

export interface ClusterPodsOptions {
  access: ClusterAccess;
  tenantsNamespace: string;
  tenantLabel: string;
  /** What the pods of tenants have to ask for names; null where it is not known. */
  dnsAddress: string | null;
  log: Log;
}

type Asking = ClusterPodsOptions & { signal: AbortSignal };

/**
 * The pods of tenants from the cluster's API, by a list and a watch and without its client library: the gateway has to be
 * small, and to go on deciding while the cluster's agent is dead. While the API is away the last pods stay known.
 */
export function openClusterPods(options: ClusterPodsOptions): Pods {
  const known = new Map<string, ApiPod>();
  let isChanged = false;
  const read = async () => {
    if (!isChanged) return null;
    isChanged = false;
    return [...known.values()].flatMap(spell);
  };
  const sink: Sink = {
    replace(found) {
      known.clear();
      for (const pod of found) known.set(pod.metadata.uid, pod);
      isChanged = true;
    },
    change(pod, isGone) {
      if (isGone) known.delete(pod.metadata.uid);
      else known.set(pod.metadata.uid, pod);
      isChanged = true;
    },
  };
  return openSource(read, {
    notSteered: () => [...known.values()].flatMap((pod) => lackOf(pod, options)).slice(0, NOT_STEERED_MAX),
    watch: (signal) => keepWatching({ ...options, signal }, sink),
  });
}

interface Sink {
  replace(found: readonly ApiPod[]): void;
  change(pod: ApiPod, isGone: boolean): void;
}

/** List, then watch from there; whatever ends the watch, begin with the list again. */
async function keepWatching(options: Asking, sink: Sink): Promise<void> {
  const { signal, log } = options;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const from = await list(options, sink);
      failures = 0;
      await watch(options, from, sink);
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      log.warn('pods of the cluster not read, the last ones stay known', { failures, error });
      await pause(backoffMs(failures, Math.random), signal);
    }
  }
}

async function list(options: Asking, sink: Sink): Promise<string> {
  const found: ApiPod[] = [];
  for (let page = ''; ; ) {
    const query = { limit: String(PAGE_PODS), ...(page === '' ? {} : { continue: page }) };
    let body = '';
    for await (const line of lines(await ask(options, query))) body += line;
    const { metadata, items } = PodPage.parse(JSON.parse(body));
    found.push(...items);
    page = metadata.continue;
    if (page !== '') continue;
    sink.replace(found);
    return metadata.resourceVersion;
  }
}

async function watch(options: Asking, from: string, sink: Sink): Promise<void> {
  let resourceVersion = from;
  for (;;) {
    const query = {
      watch: 'true',
      resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(WATCH_SECONDS),
    };
    for await (const line of lines(await ask(options, query))) {
      const { type, object } = Event.parse(JSON.parse(line));
      // It no longer remembers where we were.
      if (type === 'ERROR') return;
      resourceVersion = Bookmark.parse(object).metadata.resourceVersion;
      if (type !== 'BOOKMARK') sink.change(ApiPod.parse(object), type === 'DELETED');
    }
  }
}

/** Each request reads the token anew, because Kubernetes replaces it every hour. */
async function ask(
  { access: { server, tokenFile, caFile }, tenantsNamespace, signal }: Asking,
  query: Record<string, string>,
): Promise<IncomingMessage> {
  const [token, ca] = await Promise.all([readFile(tokenFile, 'utf8'), readFile(caFile)]);
  const url = new URL(`/api/v1/namespaces/${tenantsNamespace}/pods?${new URLSearchParams(query)}`, server);
  const headers = { authorization: `Bearer ${token.trim()}`, accept: 'application/json' };
  const asked = request(url, { ca, headers, signal, timeout: SILENCE_MS_MAX }).on('timeout', () =>
    asked.destroy(new Error('The cluster said nothing for too long.')),
  );
  asked.end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  if (response === undefined) throw new Error('The cluster gave no answer.');
  if (response.statusCode === 200) return response;
  response.resume();
  throw new Error(`The cluster answers ${response.statusCode} to ${url.pathname}.`);
}

async function* lines(response: IncomingMessage): AsyncIterable<string> {
  const reader = createInterface({ input: response });
  // A reader does not tell that what it reads broke.
  let failure: Error | null = null;
  response.on('error', (error) => {
    failure = error;
    reader.close();
  });
  yield* reader;
  if (failure !== null) throw failure;
}

/** Nothing for a pod that has no address of its own: one on the node's network shares it with everything there. */
function spell({ metadata: { name, namespace, uid, labels }, spec, status }: ApiPod): Pod[] {
  const ip = status.podIPs.map((one) => one.ip).find((one) => Ipv4.safeParse(one).success);
  if (ip === undefined || spec.hostNetwork || ['Succeeded', 'Failed'].includes(status.phase)) return [];
  return [{ ip, namespace, name, uid, labels, ...(spec.nodeName === undefined ? {} : { node: spec.nodeName }) }];
}

function lackOf(
  { metadata: { name, namespace, labels }, spec }: ApiPod,
  { tenantLabel, dnsAddress }: ClusterPodsOptions,
): NotSteered[] {
  if (dnsAddress === null || labels[tenantLabel] === undefined) return [];
  const [first] = spec.dnsConfig.nameservers;
  if (spec.dnsPolicy === 'None' && first === dnsAddress) return [];
  const patch = { spec: { template: { spec: { dnsPolicy: 'None', dnsConfig: { nameservers: [dnsAddress] } } } } };
  return [{ pod: `${namespace}/${name}`, patch: JSON.stringify(patch) }];
}
