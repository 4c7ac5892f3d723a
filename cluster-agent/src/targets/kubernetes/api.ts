import { AegisError } from '@aegis/skill-sdk/errors';
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  NetworkingV1Api,
  PatchStrategy,
  setHeaderOptions,
  Watch,
} from '@kubernetes/client-node';
import { z } from 'zod';
import { MANAGED_BY, type ObjectReference, type TargetObject } from '../../target.ts';

/** A thousand tenants are thousands of objects; so many come at once. */
const PAGE_OBJECTS = 500;
/** Shorter than the client's own patience with a quiet watch, so that the server ends each one in order. */
const WATCH_SECONDS = 25;

const Found = z.looseObject({
  apiVersion: z.string().default(''),
  kind: z.string().default(''),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    managedFields: z
      .array(z.looseObject({ manager: z.string().default(''), time: z.string().default('') }))
      .default([]),
  }),
});
/** An object as Kubernetes has it, whoever wrote it. */
export type Found = z.infer<typeof Found>;

export type Kind = 'ConfigMap' | 'NetworkPolicy';
/** Kinds and where we have any of them. */
export interface Place {
  kind: Kind;
  namespace: string;
}

/** The part of Kubernetes that a target needs, for the two kinds of objects that are ours. */
export interface KubernetesApi {
  list(place: Place): Promise<Found[]>;
  read(reference: Omit<ObjectReference, 'tenantId'>): Promise<Found | null>;
  /**
   * Server-side apply under our own field manager. `uid` null is for an object that is not there, and takes nothing
   * over; otherwise it must be that very object, and what others own of our fields becomes ours again.
   */
  apply(object: TargetObject, uid: string | null): Promise<Found>;
  /** Takes fields away that nobody asked for, which a server-side apply leaves alone: a merge patch with nulls. */
  strip(reference: Omit<ObjectReference, 'tenantId'>, patch: object): Promise<Found>;
  /** Removes that very object; one that is gone is fine. */
  remove(reference: Omit<ObjectReference, 'tenantId'>, uid: string): Promise<void>;
  /**
   * Calls `onChange` once it would miss nothing any more, and at every change after that. Ends when the signal aborts or
   * when the server has forgotten too much; throws when it cannot be reached.
   */
  watch(place: Place, onChange: () => void, signal: AbortSignal): Promise<void>;
}

/**
 * Puts files into a Secret that is there, so that the gateways of this cluster find who they are. It is not made here: an
 * account that may make one could make any.
 */
export async function fillSecret(
  config: KubeConfig,
  { namespace, name, files }: { namespace: string; name: string; files: Readonly<Record<string, Uint8Array>> },
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(files).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]),
  );
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
  await asked(() =>
    config
      .makeApiClient(CoreV1Api)
      .patchNamespacedSecret(
        { name, namespace, body, fieldManager: MANAGED_BY, force: true },
        setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
      ),
  );
}

/** The configuration that `kubectl` would use, or that of the pod's service account (A144). Throws USAGE. */
export function loadKubeConfig(path: string | null): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === null) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new AegisError('USAGE', { detail: `The kubeconfig cannot be used: ${said}. See AEGIS_KUBECONFIG.`, cause });
  }
  return config;
}

export function connectKubernetes(config: KubeConfig): KubernetesApi {
  const core = config.makeApiClient(CoreV1Api);
  const networking = config.makeApiClient(NetworkingV1Api);
  const watcher = new Watch(config);
  const of = (kind: string) => {
    if (kind === 'ConfigMap') {
      return {
        apiVersion: 'v1',
        path: '/api/v1/namespaces/NAMESPACE/configmaps',
        list: core.listNamespacedConfigMap.bind(core),
        read: core.readNamespacedConfigMap.bind(core),
        patch: core.patchNamespacedConfigMap.bind(core),
        remove: core.deleteNamespacedConfigMap.bind(core),
      };
    }
    if (kind === 'NetworkPolicy') {
      return {
        apiVersion: 'networking.k8s.io/v1',
        path: '/apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies',
        list: networking.listNamespacedNetworkPolicy.bind(networking),
        read: networking.readNamespacedNetworkPolicy.bind(networking),
        patch: networking.patchNamespacedNetworkPolicy.bind(networking),
        remove: networking.deleteNamespacedNetworkPolicy.bind(networking),
      };
    }
    throw new AegisError('INTERNAL', { detail: `There is no object of kind ${kind} that is ours.` });
  };
  const plain = (kind: string, typed: unknown): Found =>
    Found.parse({ ...toPlain(typed), apiVersion: of(kind).apiVersion, kind });
  return {
    async list({ kind, namespace }) {
      const found: Found[] = [];
      let page: string | undefined;
      do {
        const answer = await asked(() =>
          of(kind).list({ namespace, limit: PAGE_OBJECTS, ...(page === undefined ? {} : { _continue: page }) }),
        );
        found.push(...answer.items.map((item: unknown) => plain(kind, item)));
        page = answer.metadata?._continue;
      } while (page !== undefined && page !== '');
      return found;
    },
    async read({ kind, namespace, name }) {
      try {
        return plain(kind, await of(kind).read({ namespace, name }));
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw explain(error);
      }
    },
    async apply(object, uid) {
      const { name, namespace } = object.metadata;
      const body = uid === null ? object : { ...object, metadata: { ...object.metadata, uid } };
      return plain(
        object.kind,
        await asked(() =>
          of(object.kind).patch(
            { name, namespace, body, fieldManager: MANAGED_BY, force: uid !== null },
            setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
          ),
        ),
      );
    },
    async strip({ kind, namespace, name }, body) {
      return plain(
        kind,
        await asked(() =>
          of(kind).patch(
            { name, namespace, body, fieldManager: MANAGED_BY },
            setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
          ),
        ),
      );
    },
    async remove({ kind, namespace, name }, uid) {
      try {
        await of(kind).remove({ name, namespace, body: { preconditions: { uid } } });
      } catch (error) {
        if (statusOf(error) !== 404) throw explain(error);
      }
    },
    async watch({ kind, namespace }, onChange, signal) {
      const { path, list } = of(kind);
      const listed = await asked(() => list({ namespace, limit: 1 }));
      let resourceVersion = listed.metadata?.resourceVersion;
      // Whatever changes after this is told; whoever lists now misses nothing.
      onChange();
      for (let isGoing = true; isGoing && !signal.aborted; ) {
        const query = { resourceVersion, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS };
        const failure = await new Promise<unknown>((resolve) => {
          const onEvent = (phase: string, object: unknown) => {
            const event = Event.safeParse(object);
            // It no longer remembers where we were: the caller begins anew.
            if (phase === 'ERROR') isGoing = false;
            else if (event.success) resourceVersion = event.data.metadata.resourceVersion;
            if (phase === 'ADDED' || phase === 'MODIFIED' || phase === 'DELETED') onChange();
          };
          const started = watcher.watch(path.replace('NAMESPACE', namespace), query, onEvent, resolve);
          void started.then((controller) => {
            if (signal.aborted) controller.abort();
            signal.addEventListener('abort', () => controller.abort(), { once: true });
          });
        });
        if (failure !== null && failure !== undefined && !signal.aborted) throw explain(failure);
      }
    },
  };
}

const Event = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

/** The client's classes spell `from` with an underscore, and hold fields that are undefined. */
function toPlain(typed: unknown): object {
  return JSON.parse(JSON.stringify(typed), (_key, value) => {
    if (value === null || typeof value !== 'object' || !('_from' in value)) return value;
    const { _from: from, ...rest } = value;
    return { ...rest, from };
  });
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw explain(error);
  }
}

function statusOf(error: unknown): number | null {
  if (error instanceof ApiException) return error.code;
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}

/** What Kubernetes said, in our words: who has to do something about it. */
function explain(error: unknown): AegisError {
  const status = statusOf(error);
  const said = messageOf(error);
  switch (status) {
    case null:
      return new AegisError('NETWORK', { detail: `The Kubernetes API was not reached: ${said}.`, cause: error });
    case 401:
      return new AegisError('UNAUTHENTICATED', {
        detail: `Kubernetes does not know the agent: ${said}. Check its service account or kubeconfig.`,
        cause: error,
      });
    case 403:
      return new AegisError('FORBIDDEN', {
        detail: `Kubernetes refused: ${said}. Grant it in the agent's Role; the chart lists all that it needs.`,
        cause: error,
      });
    case 404:
      return new AegisError('NOT_FOUND', {
        detail: `Kubernetes does not have it: ${said}. Is the namespace there?`,
        cause: error,
      });
    case 409:
      return new AegisError('ALREADY_EXISTS', { detail: `Somebody else has it: ${said}.`, cause: error });
    case 429:
      return new AegisError('RATE_LIMITED', { detail: `Kubernetes is busy: ${said}.`, cause: error });
    default:
      return new AegisError('UNAVAILABLE', { detail: `Kubernetes answered ${status}: ${said}.`, cause: error });
  }
}

/** The body of an `ApiException` is text. */
function messageOf(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? error.message : String(error);
  try {
    const { message } = z.looseObject({ message: z.string() }).parse(JSON.parse(String(error.body)));
    return message.replace(/\.$/, '');
  } catch {
    // Not Kubernetes' own kind of answer, such as a proxy's page.
    return String(error.body).slice(0, 200);
  }
}
