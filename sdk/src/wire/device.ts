import { z } from 'zod';
import { API_KEY_DAYS_DEFAULT, API_KEY_DAYS_MAX } from '../limits.ts';
import { Instant, id } from './common.ts';
import { KeyScope } from './people.ts';

/** Programs that may ask; any other name could be made up by whoever wants to be trusted. */
export const DEVICE_CLIENT = 'aegis-cli';
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** RFC 8628, section 3.1; keys are spelled as there. What else is sent is dropped. */
export const DeviceCodeRequest = z
  .object({
    client_id: z.literal(DEVICE_CLIENT),
    scope: z.string().max(500).meta({ description: 'Scopes of keys, separated by spaces' }),
    device_name: z.string().trim().min(1).max(80).optional(),
  })
  .meta({ id: 'DeviceCodeRequest' });

/** RFC 8628, section 3.2; seconds. */
export const DeviceCode = z
  .object({
    device_code: z.string(),
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string(),
    expires_in: z.int(),
    interval: z.int(),
  })
  .meta({ id: 'DeviceCode' });
export type DeviceCode = z.infer<typeof DeviceCode>;

/** RFC 8628, section 3.4. */
export const DeviceTokenRequest = z
  .object({
    grant_type: z.literal(DEVICE_GRANT),
    device_code: z.string().max(200),
    client_id: z.literal(DEVICE_CLIENT),
  })
  .meta({ id: 'DeviceTokenRequest' });

/** RFC 6749, section 5.1: an API key of the person with these scopes, never a session. */
export const DeviceToken = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int(),
    scope: z.string(),
    tenant_id: id('tenant'),
  })
  .meta({ id: 'DeviceToken' });
export type DeviceToken = z.infer<typeof DeviceToken>;

const UserCode = z.string().max(40).meta({ description: 'As the device shows it; case and hyphens do not matter' });
export const DeviceLookup = z.object({ userCode: UserCode }).meta({ id: 'DeviceLookup' });

/** What a person sees before they decide. `place` is where the device asked from, as the registry saw it. */
export const DeviceRequest = z
  .object({
    userCode: z.string(),
    client: z.string(),
    deviceName: z.string(),
    scopes: z.array(KeyScope),
    place: z.object({
      ipAddress: z.string().nullable(),
      country: z.string().nullable(),
      userAgent: z.string().nullable(),
    }),
    /** The tenants of the person, with those of the scopes that they have there. */
    tenants: z.array(z.object({ id: id('tenant'), name: z.string(), scopes: z.array(KeyScope) })),
    createdAt: Instant,
    expiresAt: Instant,
  })
  .meta({ id: 'DeviceRequest' });
export type DeviceRequest = z.infer<typeof DeviceRequest>;

export const DeviceDecision = z
  .discriminatedUnion('decision', [
    z.object({
      decision: z.literal('approve'),
      userCode: UserCode,
      tenantId: id('tenant'),
      /** At most those that were asked for. */
      scopes: z.array(KeyScope).min(1),
      days: z.int().min(1).max(API_KEY_DAYS_MAX).default(API_KEY_DAYS_DEFAULT),
    }),
    z.object({ decision: z.literal('deny'), userCode: UserCode }),
  ])
  .meta({ id: 'DeviceDecision' });
