import { AegisError } from '@aegis/skill-sdk/errors';
import { PASSPHRASE_LENGTH_MIN, PASSWORD_LENGTH_MIN } from '@aegis/skill-sdk/limits';
import { isCommon } from './common-passwords.ts';

const CLASSES = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];
/** scrypt reads any length; nobody types more. */
const PASSWORD_LENGTH_MAX = 256;

/** Throws VALIDATION_FAILED unless the password has 12 characters of 4 classes, or 20 of any, and is not a common one. */
export function requireGoodPassword(password: string, pointer = '/password'): void {
  const missing = CLASSES.filter((pattern) => !pattern.test(password)).length;
  const good = password.length >= PASSPHRASE_LENGTH_MIN || (password.length >= PASSWORD_LENGTH_MIN && missing === 0);
  if (!good || password.length > PASSWORD_LENGTH_MAX) {
    throw new AegisError('VALIDATION_FAILED', {
      detail: `The password has ${password.length} characters. Wanted: at least ${PASSWORD_LENGTH_MIN} with lower case, upper case, a digit and a sign, or at least ${PASSPHRASE_LENGTH_MIN} of any.`,
      errors: [{ pointer, detail: 'too short, or too few kinds of characters' }],
    });
  }
  if (!isCommon(password)) return;
  throw new AegisError('VALIDATION_FAILED', {
    detail:
      'This password is among the first that are guessed. Take several words that have nothing to do with each other.',
    errors: [{ pointer, detail: 'a common password' }],
  });
}
