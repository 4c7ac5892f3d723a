import { verifyApproval, verifyBase } from '@aegis/skill-sdk/approval';
import { AegisError } from '@aegis/skill-sdk/errors';
import { covers, type NetworkGrant, NO_PERMISSIONS, type PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { Allow, KeySet, TenantDocument } from '@aegis/skill-sdk/wire/clusters';

/** A host in the published wildcard semantic. Stricter than the contract: it also goes into maps and configuration files. */
const HOST = /^(?:\*\*?\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST_LENGTH_MAX = 253;

/**
 * Checks that a reviewer's signature stands behind every destination of the document: each install has an approval
 * for exactly its bytes, and each `allow` entry is covered by the permissions of the approval it names as origin.
 * The registry's word alone opens nothing. Throws APPROVAL_INVALID or SIGNATURE_INVALID, saying which entry.
 */
export async function verifyApprovals(document: TenantDocument, keys: KeySet): Promise<void> {
  const approved = new Map<string, PermissionBlock>();
  for (const { agentId, name, version, archiveDigest, contentDigest, approval } of document.installs) {
    const expected = { tenantId: document.tenantId, name, version, archiveDigest, contentDigest };
    const { permissions } = await naming(`${name} ${version}`, verifyApproval(approval, keys, expected));
    approved.set(skillKey({ agentId, name, version, digest: archiveDigest }), permissions);
    approved.set(skillKey({ agentId, name, version, digest: contentDigest }), permissions);
  }
  for (const agent of document.agents) {
    if (agent.base !== null) {
      const expected = { tenantId: document.tenantId, agentId: agent.agentId };
      const { permissions, revision } = await naming(`base of ${agent.name}`, verifyBase(agent.base, keys, expected));
      approved.set(baseKey(agent.agentId, revision), permissions);
    }
    for (const allow of agent.allow) verifyAllow(agent, allow, approved);
  }
}

/** Says a destination as people do: `api.example.com:443 (crm-export 1.2.0)`. */
export function spellAllow({ host, ports, origin }: Allow): string {
  return `${host}:${ports.join(',')} (${spellOrigin(origin)})`;
}

/** `crm-export 1.2.0`, or `base 3`. */
export function spellOrigin(origin: Allow['origin']): string {
  return origin.kind === 'skill' ? `${origin.name} ${origin.version}` : `base ${origin.revision}`;
}

function verifyAllow(
  agent: TenantDocument['agents'][number],
  allow: Allow,
  approved: Map<string, PermissionBlock>,
): void {
  const { host, ports, protocol, origin } = allow;
  const refuse = (reason: string) =>
    new AegisError('APPROVAL_INVALID', {
      detail: `Agent ${agent.name} may not be given ${spellAllow(allow)}: ${reason}.`,
    });
  const isPort = (port: number) => port >= 1 && port <= 65_535;
  if (!HOST.test(host) || host.length > HOST_LENGTH_MAX) throw refuse('the host is not a valid name');
  if (ports.length === 0 || !ports.every(isPort)) throw refuse('a destination needs ports between 1 and 65535');
  const permissions =
    origin.kind === 'skill'
      ? approved.get(skillKey({ agentId: agent.agentId, ...origin }))
      : approved.get(baseKey(agent.agentId, origin.revision));
  if (permissions === undefined) throw refuse('the document holds no approval for this origin');
  const need = { ...NO_PERMISSIONS, network: [{ host, ports, protocol }] };
  if (!covers({ ...NO_PERMISSIONS, network: permissions.network.map(withoutMethods) }, need)) {
    throw refuse('the approval of this origin does not cover it');
  }
}

/** Methods are declared and reviewed but not enforced in a cluster, so no entry names them. */
function withoutMethods({ host, ports, protocol }: NetworkGrant): NetworkGrant {
  return { host, ports, protocol };
}

async function naming<T>(subject: string, verified: Promise<T>): Promise<T> {
  try {
    return await verified;
  } catch (cause) {
    const code = cause instanceof AegisError ? cause.code : 'APPROVAL_INVALID';
    throw new AegisError(code, {
      detail: `${subject}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

function skillKey({
  agentId,
  name,
  version,
  digest,
}: {
  agentId: string;
  name: string;
  version: string;
  digest: string;
}): string {
  return JSON.stringify(['skill', agentId, name, version, digest]);
}

function baseKey(agentId: string, revision: number): string {
  return JSON.stringify(['base', agentId, revision]);
}
