/** What one kind of permission is: when is an item allowed by a list, and which item holds another one. */
export interface Rules<T> {
  /** True when the list as a whole allows everything that the item allows. */
  allows(list: readonly T[], item: T): boolean;
  /** True when `wide` holds `narrow`, apart from details that a reviewer sees in one line (methods, required). */
  holds(wide: T, narrow: T): boolean;
  /** True when both are the same item, apart from those details. */
  same(left: T, right: T): boolean;
}

/** One line of a diff. A side is null where there is nothing. */
export type DiffLine<T> =
  | { change: 'wider'; before: null; after: T }
  | { change: 'narrower'; before: T; after: null }
  | { change: 'wider' | 'narrower' | 'same'; before: T; after: T };

/**
 * Sets two lists of permissions against each other. A line is `wider` exactly when the list before does not allow the
 * item after it; an item that only narrows what was there is shown beside what it narrows.
 */
export function diffItems<T>(before: readonly T[], after: readonly T[], rules: Rules<T>): DiffLine<T>[] {
  const shown = new Set<T>();
  const lines = after.map((item): DiffLine<T> => {
    const wider = !rules.allows(before, item);
    const related =
      before.find((other) => rules.same(other, item)) ??
      before.find((other) => (wider ? rules.holds(item, other) : rules.holds(other, item)));
    if (related === undefined) return { change: 'wider', before: null, after: item };
    shown.add(related);
    const change = wider ? 'wider' : rules.allows(after, related) ? 'same' : 'narrower';
    return { change, before: related, after: item };
  });
  for (const item of before) {
    if (shown.has(item)) continue;
    const holder = rules.allows(after, item) ? after.find((other) => rules.holds(other, item)) : undefined;
    lines.push(
      holder === undefined
        ? { change: 'narrower', before: item, after: null }
        : { change: 'same', before: item, after: holder },
    );
  }
  return lines;
}
