import { createHmac, timingSafeEqual } from 'node:crypto';
import { KNOWN_DEVICE_DAYS } from '@aegis/skill-sdk/limits';

const COOKIE = 'aegis.device';
const DAY_SECONDS = 24 * 3600;

/**
 * The device of this browser when somebody signed in to that account with it before; its tries are counted apart, so
 * that strangers who guess at an account do not lock its owner out. It opens nothing.
 */
export function knownDevice(secret: string, email: string, cookies: string | null): string | null {
  const value = new RegExp(`(?:^|; )${COOKIE.replace('.', '\\.')}=([^;]*)`).exec(cookies ?? '')?.[1];
  const [device = '', mac = ''] = value?.split('.') ?? [];
  if (device === '') return null;
  const [found, wanted] = [Buffer.from(mac), Buffer.from(macOf(secret, email, device))];
  return found.length === wanted.length && timingSafeEqual(found, wanted) ? device : null;
}

/** The cookie that makes this browser known for the account. */
export function deviceCookie(secret: string, email: string, isHttps: boolean): string {
  const device = crypto.randomUUID();
  const flags = `Path=/; Max-Age=${KNOWN_DEVICE_DAYS * DAY_SECONDS}; HttpOnly; SameSite=Lax${isHttps ? '; Secure' : ''}`;
  return `${COOKIE}=${device}.${macOf(secret, email, device)}; ${flags}`;
}

function macOf(secret: string, email: string, device: string): string {
  return createHmac('sha256', secret).update(`known device ${email} ${device}`).digest('base64url');
}
