import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { createRoute, z } from '@hono/zod-openapi';
import { requireCan } from '../auth.ts';
import { deleteBlob } from '../blobs.ts';
import type { Context } from '../context.ts';
import { isNotNullViolation } from '../db.ts';
import { json, problem, room, signedIn } from '../http.ts';
import { blobRoutes } from './reading/blob-routes.ts';
import { packageRoutes } from './reading/package-routes.ts';
import { readingRoutes } from './reading/routes.ts';
import * as store from './store.ts';
import { uploadRoutes } from './upload-routes.ts';

const approvedOnce =
  'This version was approved once and stays on record. Yank it, or ask a platform admin to revoke it.';

type Deletable = NonNullable<Awaited<ReturnType<typeof store.versionOf>>>;

async function deleteDraft(ctx: Context, row: Deletable): Promise<void> {
  if (row.approvalId !== null) throw new AegisError('STATE_CONFLICT', { detail: approvedOnce });
  await store.deleteVersion(ctx, row).catch((cause) => {
    if (!isNotNullViolation(cause)) throw cause;
    const detail = `${row.name} ${row.version} was approved or deleted at the same moment. Read it again.`;
    throw new AegisError('STATE_CONFLICT', { detail, cause });
  });
  const { ARTIFACTS } = ctx.env;
  await deleteBlob(ARTIFACTS, 'package', row.tenantId, row.archiveDigest);
  for (const digest of await store.reportDigests(ctx, row)) await deleteBlob(ARTIFACTS, 'report', row.tenantId, digest);
}

/** Private skills: upload, read, resolve, download, delete. What is decided about them is the room `reviews`. */
export const skills = room()
  .route('/', uploadRoutes)
  .route('/', blobRoutes)
  .route('/', readingRoutes)
  .route('/', packageRoutes)
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/skills/private/{id}',
      security: signedIn,
      request: { params: z.object({ id: id('version') }) },
      responses: {
        200: json(z.object({ ok: z.literal(true) }), 'Deleted; its number stays used'),
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const row = await store.versionOf(ctx, c.req.valid('param').id);
      requireCan(ctx.caller, 'skill:delete', { tenantId: row?.tenantId ?? null });
      if (row === undefined) throw new AegisError('NOT_FOUND');
      await deleteDraft(ctx, row);
      return c.json({ ok: true as const }, 200);
    },
  );
