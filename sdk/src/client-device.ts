import type { z } from 'zod';
import type { Transport } from './transport.ts';
import {
  DeviceCode,
  type DeviceCodeRequest,
  type DeviceDecision,
  type DeviceLookup,
  DeviceRequest,
  DeviceToken,
  type DeviceTokenRequest,
} from './wire/device.ts';

/** RFC 8628: the device's two calls, without a credential, and the two of the person who decides. */
export function deviceCalls({ json, nothing }: Transport) {
  const token = () => null;
  return {
    code: (body: z.input<typeof DeviceCodeRequest>) =>
      json({ method: 'POST', path: '/api/device/code', json: body, token }, DeviceCode),
    /** Throws AUTHORIZATION_PENDING, SLOW_DOWN, ACCESS_DENIED, EXPIRED_TOKEN or INVALID_GRANT. */
    token: (body: z.input<typeof DeviceTokenRequest>) =>
      json({ method: 'POST', path: '/api/device/token', json: body, token }, DeviceToken),
    /** Shows the request, and keeps it for the person who asks. */
    look: (body: z.input<typeof DeviceLookup>) =>
      json({ method: 'POST', path: '/api/device/request', json: body }, DeviceRequest),
    decide: (body: z.input<typeof DeviceDecision>) =>
      nothing({ method: 'POST', path: '/api/device/decision', json: body }),
  };
}
