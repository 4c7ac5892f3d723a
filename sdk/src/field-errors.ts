import { z } from 'zod';
import type { FieldError } from './errors.ts';

/** What is wrong with one value, and what to do about it. */
export interface Complaint {
  detail: string;
  fix: string;
}

export type FieldPath = readonly (string | number)[];

/** A complaint and its place. `at` says whether the key itself is wrong or what stands behind it. */
export interface ShapeError extends Complaint {
  path: FieldPath;
  at: 'key' | 'value';
}

/** The value when it has the shape, and every place where it has not. */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown): { data: T | null; errors: ShapeError[] } {
  const result = schema.safeParse(value);
  if (result.success) return { data: result.data, errors: [] };
  return { data: null, errors: result.error.issues.flatMap((issue) => explain(issue, value)) };
}

/** A text that a rule judges; the words of the rule become the error. */
export function text(rule: (value: string) => Complaint | null): z.ZodType<string, string> {
  return z.string().superRefine((value, context) => {
    const complaint = rule(value);
    if (complaint === null) return;
    context.addIssue({ code: 'custom', message: complaint.detail, params: { fix: complaint.fix } });
  });
}

/** An object without other keys than these; a wrong key is answered with the nearest right one. */
export function record<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  return z.strictObject(shape, {
    // The message carries the known keys to `explain`, which finds the nearest one.
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  });
}

/** The form that goes over the wire; `pointer` is RFC 6901. */
export function toFieldError({ path, detail, fix }: ShapeError): FieldError {
  return { pointer: pointerOf(path), detail, fix };
}

export function pointerOf(path: FieldPath): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value as a mapping; an empty one when it is something else, so that a check can go on beside a wrong type. */
export function asMapping(value: unknown): Record<string, unknown> {
  return isMapping(value) ? value : {};
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The known word that was most likely meant: its beginning, or a word that differs in one short stretch; else null. */
export function nearest(word: string, known: readonly string[]): string | null {
  const lower = word.toLowerCase();
  const begun = known.find((candidate) => lower.length >= 3 && candidate.toLowerCase().startsWith(lower));
  return begun ?? known.find((candidate) => isNear(lower, candidate.toLowerCase())) ?? null;
}

/** A value as an error shows it: short, on one line, with its kind where that is not plain. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return `${String(value)} (a ${typeof value})`;
  const line = JSON.stringify(value);
  return line.length > 80 ? `${line.slice(0, 79)}…"` : line;
}

const STRETCH_MAX = 2;

const WANTED: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function explain(issue: z.core.$ZodIssue, root: unknown): ShapeError[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const found = valueAt(root, path);
  const error = (complaint: Complaint): ShapeError[] => [{ path, at: 'value', ...complaint }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        at: 'key',
        ...unknownKey(key, issue.message.split(' ')),
      }));
    case 'invalid_type':
      return error(wrongType(issue.expected, found, path.at(-1)));
    case 'invalid_value':
      return error(wrongWord(found, issue.values.map(String)));
    case 'invalid_union':
      return explainUnion(issue, { root, path, found });
    case 'too_small':
    case 'too_big':
      // The schema's own words for a bound are the advice.
      return error({ detail: boundDetail(issue, found), fix: issue.message });
    default:
      return error({ detail: issue.message, fix: String((issue as { params?: { fix?: unknown } }).params?.fix ?? '') });
  }
}

function unknownKey(key: string, known: readonly string[]): Complaint {
  const near = nearest(key, known);
  const fix = near === null ? `Remove it; the keys here are: ${known.join(', ')}.` : `Did you mean "${near}"?`;
  return { detail: `Unknown key ${show(key)}`, fix };
}

function wrongType(expected: string, found: unknown, key: string | number | undefined): Complaint {
  const wanted = WANTED[expected] ?? expected;
  if (found === undefined && key !== undefined)
    return { detail: `"${key}" is missing; wanted ${wanted}`, fix: `Add "${key}".` };
  const quotable = expected === 'string' && (typeof found === 'number' || typeof found === 'boolean');
  const fix = quotable ? 'Put it in quotes.' : `Write ${wanted} here.`;
  return { detail: `Found ${show(found)}; wanted ${wanted}`, fix };
}

function wrongWord(found: unknown, known: readonly string[]): Complaint {
  const near = nearest(String(found), known);
  const fix = near === null ? `Write one of ${known.join(', ')}.` : `Did you mean "${near}"?`;
  return { detail: `Found ${show(found)}; wanted one of ${known.join(', ')}`, fix };
}

/** Of a union, the branch that the author meant: the last one is the mapping, the first one its short form. */
function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  { root, path, found }: { root: unknown; path: FieldPath; found: unknown },
): ShapeError[] {
  const meant = (isMapping(found) ? issue.errors.at(-1) : issue.errors[0]) ?? [];
  return meant.flatMap((inner) => explain({ ...inner, path: [...path, ...inner.path] }, root));
}

function boundDetail(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, found: unknown): string {
  const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
  return Array.isArray(found)
    ? `Found ${found.length} entries; wanted ${bound}`
    : `Found ${String(found)}; wanted ${bound}`;
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const part of path) value = (value as Record<string | number, unknown> | null | undefined)?.[part];
  return value;
}

const isNear = (left: string, right: string) =>
  stretch(left, right) <= Math.min(STRETCH_MAX, Math.floor(left.length / 2));

/** Length of what differs between the common beginning and the common end: 1 for a slip, 2 for a swap. */
function stretch(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left.charAt(start) === right.charAt(start)) start++;
  let end = 0;
  while (end < shorter - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  return Math.max(left.length, right.length) - start - end;
}
