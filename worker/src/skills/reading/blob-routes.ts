import { AegisError } from '@aegis/skill-sdk/errors';
import { DigestText, id } from '@aegis/skill-sdk/wire/common';
import { Resolution, ResolveQuery } from '@aegis/skill-sdk/wire/skills';
import { createRoute, z } from '@hono/zod-openapi';
import { readBlob } from '../../blobs.ts';
import type { Context } from '../../context.ts';
import { json, notModified, problem, room, signedIn } from '../../http.ts';
import { remembered } from '../../remembered.ts';
import { readableTenants, requireFetchable, tenantOf } from '../tenant-of.ts';
import { installReason, toResolution } from './skill-wire.ts';
import * as store from './store.ts';

/** The bytes of a digest never change, and only this caller may have them. */
const FOREVER = 'private, immutable, max-age=31536000';

interface Asked {
  tenantId: string;
  name: string;
  version?: string | undefined;
}

/** Throws NOT_FOUND, or NOT_INSTALLABLE with the status that stands in the way (A113). */
async function requireInstallable(ctx: Context, asked: Asked) {
  const key = `resolve/${asked.tenantId}/${asked.name}/${asked.version ?? ''}`;
  const row = await remembered(key, ctx.nowMs, () => store.resolveVersion(ctx, asked));
  if (row !== undefined) {
    const reason = installReason(row.status);
    if (reason === null) return row;
    throw notInstallable(`${asked.name} ${row.version}: ${reason}`, row);
  }
  const newest = await store.newestVersion(ctx, asked.tenantId, asked.name);
  if (newest === undefined || asked.version !== undefined) {
    const what = asked.version === undefined ? asked.name : `${asked.name} ${asked.version}`;
    throw new AegisError('NOT_FOUND', { detail: `The tenant has no skill ${what}.` });
  }
  const what = `No version of ${asked.name} can be installed as the latest; the newest is ${newest.version}`;
  if (installReason(newest.status) !== null)
    throw notInstallable(`${what}, ${newest.status.replace('_', ' ')}.`, newest);
  throw notInstallable(`${what}, a prerelease. Ask for it by its version: ${asked.name}@${newest.version}.`, newest);
}

function notInstallable(detail: string, { status, version }: { status: string; version: string }): AegisError {
  return new AegisError('NOT_INSTALLABLE', { detail, meta: { status, version } });
}

/** The hot paths: what a name means, and the bytes. */
export const blobRoutes = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/resolve',
      security: signedIn,
      request: { query: ResolveQuery },
      responses: {
        200: json(Resolution, 'The version that NAME[@VERSION] means now, with its signed approval'),
        304: { description: 'What you have is current' },
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { name, version, tenantId } = c.req.valid('query');
      const row = await requireInstallable(ctx, {
        tenantId: tenantOf(ctx.caller, 'skill:read', tenantId),
        name,
        version,
      });
      const same = notModified(c, `"${row.id}.${row.revision}"`);
      c.header('cache-control', 'private, no-cache');
      if (same !== null) return same as never;
      const body = JSON.stringify(toResolution(row));
      c.set('hot', body);
      return c.body(body, 200, { 'content-type': 'application/json' }) as never;
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/blobs/{digest}',
      security: signedIn,
      request: { params: z.object({ digest: DigestText }), query: z.object({ tenantId: id('tenant').optional() }) },
      responses: {
        200: {
          content: { 'application/gzip': { schema: z.string().meta({ format: 'binary' }) } },
          description: 'Exactly the bytes that were uploaded',
        },
        304: { description: 'You have them' },
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { digest } = c.req.valid('param');
      const { tenantId } = c.req.valid('query');
      const tenantIds = readableTenants(ctx.caller, tenantId) ?? [tenantOf(ctx.caller, 'skill:read', tenantId)];
      const key = `package/${tenantIds.join('/')}/${digest}`;
      const found = await remembered(key, ctx.nowMs, () => store.packageByDigest(ctx, tenantIds, digest));
      requireFetchable(ctx.caller, found);
      const same = notModified(c, `"${digest}"`);
      const blob = same === null ? await readBlob(ctx.env.ARTIFACTS, 'package', found.tenantId, digest) : null;
      // Set last, so that no error is ever kept.
      c.header('cache-control', FOREVER);
      if (same !== null || blob === null) return c.body(null, 304);
      if (blob instanceof Uint8Array) c.set('hot', blob);
      return c.body(blob, 200, {
        'content-type': 'application/gzip',
        'content-length': String(found.packageSize),
      });
    },
  );
