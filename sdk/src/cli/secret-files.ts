import { noHardcodedSecrets } from '../analyze/rules/no-hardcoded-secrets.ts';
import { SourceText } from '../analyze/source/source-text.ts';
import type { PackageFile } from '../archive.ts';
import { AegisError, type FieldError } from '../errors.ts';
import { count } from './terminal.ts';

/** Stores of keys that cannot be read as text; what they hold is known by what they are called. */
const KEY_STORE = /(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$|\.(?:p12|pfx|jks|keystore|kdbx|ppk)$/i;
/** Of one file the first few places are enough to know what it is. */
const PLACES_PER_FILE_MAX = 3;

/**
 * Refuses to pack what everybody who installs the skill could then use: private keys wherever they lie, and what the
 * registry's own rule is sure about. A file that `.aegisignore` takes back (`!keys/demo.pem`) is meant to be public.
 * @throws AegisError ARCHIVE_INVALID with each place, and never with the secret itself
 */
export function refuseSecrets(files: readonly PackageFile[], kept: (path: string) => boolean): void {
  const errors = files.filter(({ path }) => !kept(path)).flatMap(secretsIn);
  if (errors.length === 0) return;
  const held = new Set(errors.map(({ file }) => file)).size;
  throw new AegisError('ARCHIVE_INVALID', {
    detail: `${count(held, 'file')} ${held === 1 ? 'holds' : 'hold'} a secret, and a package is copied to everybody who installs it. Nothing was built. Leave a file out by naming it in .aegisignore; read secrets from an environment variable that manifest.yaml declares.`,
    errors,
  });
}

function secretsIn({ path, bytes }: PackageFile): FieldError[] {
  const fix = `leave it out: a line “${path}” in .aegisignore; or, if everybody may have it, a line “!${path}” there`;
  if (KEY_STORE.test(path))
    return [{ pointer: '', file: path, detail: 'By its name this is a store of private keys', fix }];
  const source = new SourceText(path, new TextDecoder().decode(bytes));
  const file = { source, kind: { kind: 'text' }, bytes: bytes.length, markdown: () => [] } as const;
  const hits = [...(noHardcodedSecrets.inText?.(file) ?? [])];
  return hits
    .filter(({ severity, evidence }) => severity === 'critical' || evidence?.includes('PRIVATE KEY') === true)
    .slice(0, PLACES_PER_FILE_MAX)
    .map(({ message, place }) => ({
      pointer: '',
      file: path,
      line: place.line,
      column: place.column,
      detail: message,
      fix,
    }));
}
