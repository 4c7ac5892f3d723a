import { isDeepStrictEqual } from 'node:util';
import type { Action } from './plan.ts';

/** More than these say nothing more: it was changed altogether. */
const FIELDS_MAX = 20;

/** One field that is not as it should be. Missing values are null. */
export interface FieldDiff {
  /** RFC 6901 pointer into the object. */
  field: string;
  wanted: unknown;
  found: unknown;
}

/** What somebody else did to an object of ours. */
export interface Drift {
  tenantId: string;
  object: string;
  /** The field manager of the change; null when the target does not know. */
  changedBy: string | null;
  change: 'edited' | 'removed' | 'added';
  fields: FieldDiff[];
}

/** The change of somebody else that an action undoes. Only true while nothing but the target could have changed. */
export function driftOf(action: Action): Drift {
  if (action.kind === 'remove') {
    const { kind, namespace, name } = action.reference;
    const object = `${kind} ${namespace}/${name}`;
    return { tenantId: action.tenantId, object, changedBy: null, change: 'added', fields: [] };
  }
  const { tenantId, object, found } = action;
  return {
    tenantId,
    object: `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`,
    changedBy: found?.changedBy ?? null,
    change: found === null ? 'removed' : 'edited',
    fields: found === null ? [] : diffFields(object, found.object).slice(0, FIELDS_MAX),
  };
}

/** The fields of two values that differ, each as deep as both are objects; lists are compared as a whole. */
function diffFields(wanted: unknown, found: unknown, path = ''): FieldDiff[] {
  if (isDeepStrictEqual(wanted, found)) return [];
  if (!isFields(wanted) || !isFields(found)) return [{ field: path, wanted: wanted ?? null, found: found ?? null }];
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].sort();
  return keys.flatMap((key) =>
    diffFields(wanted[key], found[key], `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
