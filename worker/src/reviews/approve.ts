import { signApproval } from '@aegis/skill-sdk/approval';
import { toInstant } from '@aegis/skill-sdk/clock';
import { type PermissionBlock, permissionsDigest } from '@aegis/skill-sdk/permissions';
import type { ApprovalEnvelope } from '@aegis/skill-sdk/wire/skills';
import type { Context } from '../context.ts';
import { signingKey } from '../signing.ts';
import type { NewDecision } from './decide.ts';

/** What an approval is signed over: exactly these bytes, with exactly these permissions. */
export interface Approved {
  tenantId: string;
  name: string;
  version: string;
  archiveDigest: string;
  contentDigest: string;
  permissions: PermissionBlock;
}

/** The signed approval statement (DSSE over in-toto) of one decision. */
export async function signDecision(ctx: Context, approved: Approved, decision: NewDecision): Promise<ApprovalEnvelope> {
  const { tenantId, name, version, archiveDigest, contentDigest, permissions } = approved;
  const { reportDigest, revision, decidedAtMs } = decision;
  return await signApproval(
    { tenantId, name, version, archiveDigest },
    {
      contentDigest,
      permissions,
      permissionsDigest: await permissionsDigest(permissions),
      reports: reportDigest === null ? [] : [{ kind: 'static', digest: reportDigest }],
      revision,
      reviewer: { id: ctx.caller.id, name: ctx.caller.name },
      decidedAt: toInstant(decidedAtMs),
    },
    await signingKey(ctx.config, 'approval'),
  );
}
