import { AegisError, type ErrorCode, errorPath } from '../errors.ts';
import type { Io } from './io.ts';

/** Their page lies where nobody answers; that of USAGE says no more than the line itself. */
const WITHOUT_PAGE: ReadonlySet<ErrorCode> = new Set(['NETWORK', 'TIMEOUT', 'NOT_A_REGISTRY', 'UNAVAILABLE', 'USAGE']);

/**
 * The address of the page on an error, at the registry that the command meant or would mean: of a private installation
 * only that one is known to be in reach. Null when there is none. Never throws: it is called when something went wrong.
 */
export async function errorPage(error: unknown, argv: readonly string[], io: Io): Promise<string | null> {
  if (!(error instanceof AegisError) || WITHOUT_PAGE.has(error.code)) return null;
  try {
    // Loaded only now: no command waits for what tells of errors.
    const [{ readCredentials }, { nonEmpty, normaliseUrl }] = await Promise.all([
      import('./credentials.ts'),
      import('./registry.ts'),
    ]);
    const named = namedIn(argv) ?? nonEmpty(io.env.AEGIS_REGISTRY) ?? (await readCredentials(io)).current;
    return named === null ? null : `${normaliseUrl(named)}${errorPath(error.code)}`;
  } catch {
    // Credentials that cannot be read, an address that is none: the error itself is told all the same.
    return null;
  }
}

function namedIn(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '--registry' || word.startsWith('--registry='));
  return argv[at] === '--registry' ? argv[at + 1] : argv[at]?.slice('--registry='.length);
}
