import { createHmac, timingSafeEqual } from 'node:crypto';
import { TOTP } from '@aegis/skill-sdk/limits';
import { base32 } from '@better-auth/utils/base32';

/** RFC 4226: at least 128 bits, 160 recommended. */
const SECRET_BYTES = 20;

/** A new secret in base32, as authenticator apps take it. */
export function newTotpSecret(): string {
  return base32.encode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), { padding: false });
}

/** What the QR code holds. */
export function totpUri(secret: string, email: string): string {
  const values = new URLSearchParams({
    secret,
    issuer: 'Aegis',
    algorithm: 'SHA1',
    digits: String(TOTP.digits),
    period: String(TOTP.periodSeconds),
  });
  return `otpauth://totp/Aegis:${encodeURIComponent(email)}?${values}`;
}

/** RFC 4226, section 5.3: the code of one counter. */
export function hotp(secret: string, counter: number, digits: number = TOTP.digits): string {
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', base32.decode(secret)).update(moment).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0');
}

/** RFC 6238: the time step whose code this is, one step either side of now; null when it is of none. */
export function stepOf(secret: string, code: string, nowMs: number): number | null {
  const now = Math.floor(nowMs / 1000 / TOTP.periodSeconds);
  let found: number | null = null;
  for (let step = now - TOTP.stepsEitherSide; step <= now + TOTP.stepsEitherSide; step++) {
    // Every step is compared, so that the time does not tell which one it was.
    if (sameText(hotp(secret, step), code)) found = step;
  }
  return found;
}

function sameText(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
