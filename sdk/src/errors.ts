/**
 * The one table of errors. A code is stable for ever: callers act on it, so a published code never changes its
 * meaning and a new one is added only where a caller would act differently.
 */
const TABLE = {
  // What the caller sent could not be read at all.
  INVALID_REQUEST: { status: 400, title: 'The request could not be read' },
  // RFC 8628, section 3.5, and RFC 6749, section 5.2: each goes out with `error` in the spelling of the RFC, too.
  AUTHORIZATION_PENDING: { status: 400, title: 'Nobody has decided about this device yet' },
  SLOW_DOWN: { status: 400, title: 'The device asks too often' },
  ACCESS_DENIED: { status: 400, title: 'The request was denied' },
  EXPIRED_TOKEN: { status: 400, title: 'The device code has expired' },
  INVALID_GRANT: { status: 400, title: 'This grant is unknown, or was used already' },
  UNAUTHENTICATED: { status: 401, title: 'No credential, or one that is no longer valid' },
  FORBIDDEN: { status: 403, title: 'You may see this but not do that' },
  SECOND_FACTOR_REQUIRED: { status: 403, title: 'The second factor has not been proved in this session' },
  ENROLMENT_REQUIRED: { status: 403, title: 'This role needs a second factor' },
  STEP_UP_REQUIRED: { status: 403, title: 'This needs a second factor that was proved just now' },
  REVIEWER_IS_PUBLISHER: { status: 403, title: 'A version is never approved by those who published it' },
  QUOTA_EXCEEDED: { status: 403, title: 'The tenant has used up its quota' },
  NOT_FOUND: { status: 404, title: 'Nothing here that you may see' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method' },
  VERSION_EXISTS: { status: 409, title: 'This version number was already used with other bytes' },
  ANALYSIS_PENDING: { status: 409, title: 'The analysis has not finished' },
  DRY_RUN_PENDING: { status: 409, title: 'The dry-run has not finished' },
  DRY_RUN_UNAVAILABLE: { status: 409, title: 'No dry-run shows what this version does' },
  FINDINGS_BLOCK_APPROVAL: { status: 409, title: 'A critical finding blocks the approval' },
  REVIEW_CONFLICT: { status: 409, title: 'Somebody else decided first' },
  STATE_CONFLICT: { status: 409, title: 'The subject is not in a state that allows this' },
  NOT_INSTALLABLE: { status: 409, title: 'This version cannot be installed' },
  ALREADY_EXISTS: { status: 409, title: 'Something with this name exists already' },
  LENGTH_REQUIRED: { status: 411, title: 'The request needs a Content-Length' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request is larger than allowed' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The request has a content type that is not accepted here' },
  VALIDATION_FAILED: { status: 422, title: 'The request is readable but not valid' },
  MANIFEST_INVALID: { status: 422, title: 'The manifest is not valid' },
  MANIFEST_MISMATCH: { status: 422, title: 'The manifest sent differs from the one inside the package' },
  ARCHIVE_INVALID: { status: 422, title: 'The package is not a valid skill archive' },
  DIGEST_MISMATCH: { status: 422, title: 'The bytes do not have the declared digest' },
  FINDINGS_NOT_ACKNOWLEDGED: { status: 422, title: 'Some findings need the reviewer’s recorded tick' },
  CLIENT_OUTDATED: { status: 426, title: 'This client speaks a wire version that is too old' },
  REGISTRY_OUTDATED: { status: 426, title: 'The registry speaks a wire version that is too old for this client' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
  UNAVAILABLE: { status: 503, title: 'The registry is not ready' },
  // Never sent by the registry: what a client or an agent finds out by itself.
  NETWORK: { status: 0, title: 'The registry could not be reached' },
  TIMEOUT: { status: 0, title: 'The registry did not answer in time' },
  NOT_A_REGISTRY: { status: 0, title: 'The answer does not come from an Aegis registry' },
  SIGNATURE_INVALID: { status: 0, title: 'A signature does not verify' },
  APPROVAL_INVALID: { status: 0, title: 'The approval does not cover this package' },
  STATE_REJECTED: { status: 0, title: 'The desired state cannot be adopted' },
  USAGE: { status: 0, title: 'The command was called with wrong arguments' },
  NO_SANDBOX: { status: 0, title: 'No sandbox that can be trusted was found' },
  PERMISSION_DENIED: { status: 0, title: 'The manifest does not grant this' },
} as const satisfies Record<string, { status: number; title: string }>;

/** Those that an OAuth client reads as `error`. */
const OAUTH: ReadonlySet<string> = new Set([
  'AUTHORIZATION_PENDING',
  'SLOW_DOWN',
  'ACCESS_DENIED',
  'EXPIRED_TOKEN',
  'INVALID_GRANT',
]);

export type ErrorCode = keyof typeof TABLE;

/** One field that is wrong: `pointer` is an RFC 6901 JSON pointer into the input; line and column count from 1. */
export interface FieldError {
  pointer: string;
  detail: string;
  file?: string;
  line?: number;
  column?: number;
  fix?: string;
}

export interface ErrorOptions {
  /** Safe for the caller: what was found, what was wanted, what to do. */
  detail?: string;
  errors?: FieldError[];
  /** Facts that a program can act on; become extension members of the problem. */
  meta?: Record<string, unknown>;
  /** For us only; goes to the log and never over the wire. */
  cause?: unknown;
}

/** RFC 9457 problem details with our stable `code`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  /** The code as OAuth spells it, for its clients. */
  error?: string;
  requestId?: string;
  errors?: FieldError[];
  meta?: Record<string, unknown>;
}

/** The only error class of the house. @example throw new AegisError('VERSION_EXISTS', { detail: 'crm-export 1.2.0 …' }) */
export class AegisError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly errors: FieldError[];
  readonly meta: Record<string, unknown> | undefined;
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, options: ErrorOptions & { requestId?: string } = {}) {
    super(options.detail ?? TABLE[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AegisError';
    this.code = code;
    this.detail = options.detail;
    this.errors = options.errors ?? [];
    this.meta = options.meta;
    this.requestId = options.requestId;
  }

  get status(): number {
    return TABLE[this.code].status;
  }

  get title(): string {
    return TABLE[this.code].title;
  }
}

/** Where a registry serves the page of a code, below its address. @example errorPath('NOT_FOUND') === '/docs/errors/not-found' */
export function errorPath(code: string): string {
  return `/docs/errors/${code.toLowerCase().replaceAll('_', '-')}`;
}

/** The problem+json form of an error. `type` is a relative reference to the page of the code. */
export function toProblem(error: AegisError, requestId?: string): Problem {
  return {
    type: errorPath(error.code),
    title: error.title,
    status: error.status,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    code: error.code,
    ...(OAUTH.has(error.code) ? { error: error.code.toLowerCase() } : {}),
    ...(requestId === undefined ? {} : { requestId }),
    ...(error.errors.length === 0 ? {} : { errors: error.errors }),
    ...(error.meta === undefined ? {} : { meta: error.meta }),
  };
}

/** The error that a problem describes; an unknown code (a newer registry) becomes INTERNAL and keeps its words. */
export function fromProblem(problem: Problem): AegisError {
  return new AegisError(isErrorCode(problem.code) ? problem.code : 'INTERNAL', {
    detail: problem.detail ?? problem.title,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...(problem.meta === undefined ? {} : { meta: problem.meta }),
    ...(problem.requestId === undefined ? {} : { requestId: problem.requestId }),
  });
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(TABLE, code);
}

/** Every code with its status (0: never sent over HTTP) and title, for the documentation. */
export function errorCodes(): { code: ErrorCode; status: number; title: string }[] {
  return Object.entries(TABLE).map(([code, row]) => ({ code: code as ErrorCode, ...row }));
}
