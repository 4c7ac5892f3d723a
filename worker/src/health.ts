import { KeySet } from '@aegis/skill-sdk/wire/clusters';
import { WIRE_VERSION } from '@aegis/skill-sdk/wire/version';
import { createRoute, z } from '@hono/zod-openapi';
import { openDb, readEpoch } from './db.ts';
import { parseConfig } from './env.ts';
import { json, problem, room } from './http.ts';
import { publicKeys } from './signing.ts';

const Health = z.object({ status: z.literal('ok'), wire: z.string() }).meta({ id: 'Health' });

/** What needs no caller: whether the registry is ready, and the keys that its signatures are checked with. */
export const health = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/health',
      responses: { 200: json(Health, 'Configured, and the database answers'), default: problem },
    }),
    async (c) => {
      parseConfig(c.env);
      await readEpoch(openDb(c.env.DB));
      return c.json({ status: 'ok' as const, wire: WIRE_VERSION }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/.well-known/aegis/keys.json',
      responses: { 200: json(KeySet, 'The public keys by purpose'), default: problem },
    }),
    (c) => {
      c.header('cache-control', 'public, max-age=300');
      return c.json(publicKeys(parseConfig(c.env)), 200);
    },
  );
