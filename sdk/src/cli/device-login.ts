import type { Client } from '../client.ts';
import { AegisError } from '../errors.ts';
import { DEVICE_CLIENT, DEVICE_GRANT, type DeviceCode, type DeviceToken } from '../wire/device.ts';
import type { Io } from './io.ts';

/** RFC 8628, section 3.5: what slow_down adds, and how slow it becomes where nothing answers. */
const SLOWER_SECONDS = 5;
const INTERVAL_MAX_SECONDS = 60;

/**
 * RFC 8628: asks for a code, has the person told of it, and waits until they decided. Throws ACCESS_DENIED,
 * EXPIRED_TOKEN, or what the registry says.
 */
export async function loginByDevice(
  io: Io,
  client: Client,
  ask: { scope: string; deviceName: string },
  tell: (code: DeviceCode) => void,
): Promise<DeviceToken> {
  const code = await client.device.code({ client_id: DEVICE_CLIENT, scope: ask.scope, device_name: ask.deviceName });
  tell(code);
  const endsAtMs = io.now() + code.expires_in * 1000;
  let intervalSeconds = code.interval;
  for (;;) {
    await io.wait(intervalSeconds * 1000);
    if (io.now() >= endsAtMs)
      throw new AegisError('EXPIRED_TOKEN', { detail: 'Nobody decided in time. Begin anew: aegis login' });
    try {
      const body = { grant_type: DEVICE_GRANT, device_code: code.device_code, client_id: DEVICE_CLIENT } as const;
      return await client.device.token(body);
    } catch (error) {
      intervalSeconds = nextInterval(error, intervalSeconds);
    }
  }
}

/** How long to wait after that error; throws it when waiting does not help. */
function nextInterval(error: unknown, intervalSeconds: number): number {
  if (!(error instanceof AegisError)) throw error;
  if (error.code === 'AUTHORIZATION_PENDING') return intervalSeconds;
  if (error.code === 'SLOW_DOWN' || error.code === 'RATE_LIMITED') return intervalSeconds + SLOWER_SECONDS;
  if (error.code === 'NETWORK' || error.code === 'TIMEOUT' || error.code === 'UNAVAILABLE')
    return Math.min(intervalSeconds * 2, INTERVAL_MAX_SECONDS);
  throw error;
}
