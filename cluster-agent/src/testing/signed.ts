import { signApproval, signBase } from '@aegis/skill-sdk/approval';
import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import {
  type NetworkGrant,
  NO_PERMISSIONS,
  type PermissionBlock,
  permissionsDigest,
} from '@aegis/skill-sdk/permissions';
import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { NOW_MS, seededId, tenantDocument } from './documents.ts';
import type { TestKey } from './identity.ts';

const reviewer = { id: seededId('user', 1), name: 'Rae Reviewer' };
const decidedAt = new Date(NOW_MS).toISOString();

export interface SignedSkill {
  name?: string;
  version?: string;
  archiveDigest?: string;
  contentDigest?: string;
  permissions?: Partial<PermissionBlock>;
}

/** One agent with one approved skill, and if asked for a base: what a registry that works makes of an install. */
export async function signedDocument(
  key: TestKey,
  { skill = {}, base, ...more }: { skill?: SignedSkill | null; base?: NetworkGrant[] } & Partial<TenantDocument> = {},
): Promise<TenantDocument> {
  const { tenantId } = tenantDocument(more);
  const agentId = seededId('agent', 1);
  const install = skill === null ? null : await signedInstall(key, tenantId, agentId, skill);
  const basePermissions = { ...NO_PERMISSIONS, network: base ?? [] };
  const basePredicate = {
    permissions: basePermissions,
    permissionsDigest: await permissionsDigest(basePermissions),
    revision: 3,
    reviewer,
    decidedAt,
  };
  return tenantDocument({
    agents: [
      {
        agentId,
        name: 'assistant',
        selector: { matchLabels: { 'aegis.dev/agent': 'assistant' } },
        allow: [
          ...(install?.allow ?? []),
          ...(base ?? []).map(({ host, ports, protocol }) => ({
            host,
            ports,
            protocol,
            origin: { kind: 'base' as const, revision: 3 },
          })),
        ],
        base:
          base === undefined
            ? null
            : await signBase({ tenantId, agentId, revision: 3, permissions: basePermissions }, basePredicate, key),
      },
    ],
    installs: install === null ? [] : [install.install],
    ...more,
  });
}

async function signedInstall(key: TestKey, tenantId: string, agentId: string, skill: SignedSkill) {
  const {
    name = 'weather',
    version = '1.2.0',
    archiveDigest = `sha256:${'a'.repeat(64)}`,
    contentDigest = `sha256:${'c'.repeat(64)}`,
  } = skill;
  const network: NetworkGrant[] = [{ host: 'api.weather.example', ports: [443], protocol: 'tls' }];
  const permissions: PermissionBlock = { ...NO_PERMISSIONS, network, ...skill.permissions };
  const predicate = {
    contentDigest,
    permissions,
    permissionsDigest: await permissionsDigest(permissions),
    reports: [],
    revision: 1,
    reviewer,
    decidedAt,
  };
  const approval = await signApproval({ tenantId, name, version, archiveDigest }, predicate, key);
  const origin = { kind: 'skill' as const, name, version, digest: archiveDigest };
  return {
    install: { agentId, name, version, archiveDigest, contentDigest, approval },
    allow: permissions.network.map(({ host, ports, protocol }) => ({ host, ports, protocol, origin })),
  };
}

/** The bytes of a document as a registry sends them. */
export function bytesOf(document: unknown): Uint8Array {
  return canonicalBytes(document);
}
