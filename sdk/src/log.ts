/** Where a finished line goes; it ends without a newline. */
export type WriteLine = (line: string) => void;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** The same log with more fields on every line. */
  with(fields: Record<string, unknown>): Log;
}

/** Field names whose values are never written, wherever they stand. */
const SECRET =
  /^(password|token|secret|api_?key|access_?token|refresh_?token|authorization|credential|cookie|private_?key)s?$/i;
/** Secrets that stand in texts: our keys, tokens in three parts, private keys, headers, keys that their prefix gives away. */
const SECRET_TEXT =
  /\baeg_[0-9a-z]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*|\b(?:Bearer|Basic)\s+[\w.~+/=-]{16,}|\b(?:gh[pousr]_|github_pat_|glpat-|npm_|sk-|xox[abeoprs]-|AKIA)[\w-]{16,}/gi;
const DEPTH_MAX = 6;

/** One JSON line per event: a constant message and fields; known secret fields are redacted at any depth. */
export function createLog(write: WriteLine, clock: () => number, fields: Record<string, unknown> = {}): Log {
  const at =
    (level: LogLevel) =>
    (message: string, more: Record<string, unknown> = {}) =>
      write(JSON.stringify({ at: new Date(clock()).toISOString(), level, message, ...redact({ ...fields, ...more }) }));
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => createLog(write, clock, { ...fields, ...more }),
  };
}

/** A copy in which the values of secret fields, and secrets within texts, are replaced and errors are spelled out. */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactValue(fields, 0) as Record<string, unknown>;
}

function redactValue(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) return '[too deep]';
  if (value instanceof Error) {
    const cause = value.cause === undefined ? {} : { cause: redactValue(value.cause, depth + 1) };
    const { name, message, stack } = value;
    return { name, message: withoutSecrets(message), stack: withoutSecrets(stack ?? ''), ...cause };
  }
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, SECRET.test(key) ? '[redacted]' : redactValue(item, depth + 1)]),
  );
}

function withoutSecrets(text: string): string {
  return text.replace(SECRET_TEXT, '[redacted]');
}
