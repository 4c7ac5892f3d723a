/** One field of an event, before and after; null where it was not there, or null itself. */
export interface FieldChange {
  field: string;
  before: string | null;
  after: string | null;
}

type Fields = Record<string, unknown> | null;

/** The fields that differ, by name; without `before` those that came. */
export function changedFields(before: Fields, after: Fields): FieldChange[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names]
    .map((field) => ({ field, before: spelled(before, field), after: spelled(after, field) }))
    .filter((change) => change.before !== change.after)
    .sort((left, right) => left.field.localeCompare(right.field));
}

function spelled(fields: Fields, field: string): string | null {
  const value = fields?.[field] ?? null;
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
