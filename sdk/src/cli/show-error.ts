import { AegisError, type ErrorCode, toProblem } from '../errors.ts';
import { systemRefusal } from '../system-errors.ts';
import { codeFrame } from './code-frame.ts';
import { Interrupted, type Io } from './io.ts';
import { type Paint, paintFor, plain } from './terminal.ts';

const EXIT_BY_CODE: Partial<Record<ErrorCode, number>> = {
  USAGE: 2,
  NETWORK: 3,
  TIMEOUT: 3,
  NOT_A_REGISTRY: 3,
  UNAVAILABLE: 3,
  RATE_LIMITED: 3,
  INTERNAL: 3,
  UNAUTHENTICATED: 4,
  ACCESS_DENIED: 4,
  EXPIRED_TOKEN: 4,
  INVALID_GRANT: 4,
};

/** Exit codes of their own for what was withdrawn, mildest first. */
export const STATUS_EXITS = [
  [7, 'deprecated'],
  [8, 'yanked'],
  [9, 'revoked'],
] as const;

export interface ShownAs {
  /** As problem JSON. */
  json: boolean;
  /** Address of the page on this error; null when none is known. */
  page: string | null;
}

/** Says on standard error what went wrong, and returns the exit code. Never prints a credential. */
export function showError(error: unknown, io: Io, { json, page }: ShownAs): number {
  const paint = paintFor(io, 'stderr');
  if (error instanceof Interrupted || io.signal.aborted) {
    io.stderr(`${paint('yellow', 'Interrupted.')} Nothing was left half done.\n`);
    return 130;
  }
  const known = error instanceof AegisError ? error : fromSystem(error);
  if (known === null) {
    io.stderr(`${paint('red', 'This is a bug in aegis.')} Please report it with these lines:\n${stackOf(error)}\n`);
    return 70;
  }
  const problem = toProblem(known, known.requestId);
  if (json) io.stderr(`${JSON.stringify({ error: { ...problem, type: page ?? problem.type } })}\n`);
  else io.stderr(`${describeError(known, paint)}${page === null ? '' : `  ${paint('dim', `What to do: ${page}`)}\n`}`);
  return STATUS_EXITS.find(([, status]) => status === known.meta?.status)?.[0] ?? EXIT_BY_CODE[known.code] ?? 1;
}

/** An error for people: what it is, what was found, each wrong field with its place, and the request id for the operator. */
export function describeError(error: AegisError, paint: Paint, source?: (file: string) => string | null): string {
  // The title of USAGE says less than its detail, and files that cannot be opened come this way too.
  const lines = [`${paint('red', '✗')} ${error.code === 'USAGE' ? plain(error.message) : paint('bold', error.title)}`];
  if (error.code === 'USAGE') return `${lines[0]}\n`;
  if (error.detail !== undefined) lines.push(`  ${plain(error.detail)}`);
  for (const field of error.errors) {
    // What is wrong with the whole and has no place was said in the line above.
    const isSaid = field.pointer === '' && field.file === undefined && field.detail === error.detail;
    if (!isSaid) lines.push(describeField(field, paint, source));
  }
  if (error.code === 'UNAUTHENTICATED') lines.push('  Sign in: aegis login --registry URL, or set AEGIS_TOKEN.');
  const request = error.requestId === undefined ? '' : `, request ${plain(error.requestId)}`;
  lines.push(paint('dim', `  (${error.code}${request})`));
  return `${lines.join('\n')}\n`;
}

/** One wrong field: `manifest.yaml:3:5  /permissions/network/0`, the words, a frame of the source and the fix. */
export function describeField(
  field: AegisError['errors'][number],
  paint: Paint,
  source: (file: string) => string | null = () => null,
): string {
  const place =
    field.file === undefined
      ? ''
      : `${field.file}${field.line === undefined ? '' : `:${field.line}:${field.column ?? 1}`}  `;
  const lines = [
    `  ${paint('cyan', plain(place.replaceAll('\n', '\uFFFD')))}${paint('dim', plain(field.pointer))}`.trimEnd(),
    `    ${plain(field.detail)}`,
  ];
  const text = field.file === undefined ? null : source(field.file);
  if (text !== null && field.line !== undefined) {
    lines.push(codeFrame(text, { line: field.line, column: field.column ?? 1 }, paint));
  }
  if (field.fix !== undefined) lines.push(`    ${paint('green', 'fix:')} ${plain(field.fix)}`);
  return lines.join('\n');
}

/** What the operating system refuses, in words; null when the error is not one of the system. */
function fromSystem(error: unknown): AegisError | null {
  const refusal = systemRefusal(error);
  return refusal === null ? null : new AegisError('USAGE', { detail: refusal.detail, cause: error });
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`}`;
}
