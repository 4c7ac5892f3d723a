import { toInstant } from '@aegis/skill-sdk/clock';
import { STATE_LIFETIME_HOURS } from '@aegis/skill-sdk/limits';
import type { NetworkGrant, PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { Allow, Mode, Origin, StateDocument, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { ApprovalEnvelope } from '@aegis/skill-sdk/wire/skills';

export interface FeedAgent {
  agentId: string;
  name: string;
  selector: { matchLabels: Record<string, string> };
  base: { revision: number; permissions: PermissionBlock; envelope: ApprovalEnvelope } | null;
}

export interface FeedInstall {
  agentId: string;
  name: string;
  version: string;
  archiveDigest: string;
  contentDigest: string;
  permissions: PermissionBlock;
  envelope: ApprovalEnvelope;
}

export interface FeedTenant {
  tenantId: string;
  revision: number;
  mode: Mode;
  agents: FeedAgent[];
  installs: FeedInstall[];
}

/**
 * What one cluster enforces for one tenant (design.md, Desired state). Pure, and the same for the same rows: sorted
 * throughout, so that a digest changes only when the content does. Permissions stay per agent with their origin.
 */
export function tenantDocument(tenant: FeedTenant): TenantDocument {
  const agents = [...tenant.agents].sort((left, right) => compare(left.agentId, right.agentId));
  const installs = [...tenant.installs].sort(
    (left, right) => compare(left.agentId, right.agentId) || compare(left.name, right.name),
  );
  return {
    v: 1,
    tenantId: tenant.tenantId,
    revision: tenant.revision,
    mode: tenant.mode,
    agents: agents.map((agent) => ({
      agentId: agent.agentId,
      name: agent.name,
      selector: agent.selector,
      allow: allowOf(
        agent,
        installs.filter((install) => install.agentId === agent.agentId),
      ),
      base: agent.base?.envelope ?? null,
    })),
    installs: installs.map(({ agentId, name, version, archiveDigest, contentDigest, envelope }) => ({
      agentId,
      name,
      version,
      archiveDigest,
      contentDigest,
      approval: envelope,
    })),
  };
}

function allowOf(agent: FeedAgent, installs: readonly FeedInstall[]): Allow[] {
  const base =
    agent.base === null ? [] : grants(agent.base.permissions.network, { kind: 'base', revision: agent.base.revision });
  const fromSkills = installs.flatMap((install) =>
    grants(install.permissions.network, {
      kind: 'skill',
      name: install.name,
      version: install.version,
      digest: install.archiveDigest,
    }),
  );
  return [...base, ...fromSkills];
}

function grants(network: readonly NetworkGrant[], origin: Origin): Allow[] {
  return [...network]
    .map(({ host, ports, protocol }) => ({
      host,
      ports: [...ports].sort((left, right) => left - right),
      protocol,
      origin,
    }))
    .sort(
      (left, right) =>
        compare(left.host, right.host) ||
        compare(left.protocol, right.protocol) ||
        compare(String(left.ports), String(right.ports)),
    );
}

/** The document that is signed: which tenants, by digest. It expires after 24 h (STATE_LIFETIME_HOURS). */
export function stateDocument(
  state: { clusterId: string; epoch: number; sequence: number; tenants: StateDocument['tenants'] },
  nowMs: number,
): StateDocument {
  return {
    v: 1,
    clusterId: state.clusterId,
    epoch: state.epoch,
    sequence: state.sequence,
    issuedAt: toInstant(nowMs),
    expiresAt: toInstant(nowMs + STATE_LIFETIME_HOURS * 3_600_000),
    tenants: [...state.tenants].sort((left, right) => compare(left.tenantId, right.tenantId)),
  };
}

export function stateTag(epoch: number, sequence: number): string {
  return `"${epoch}.${sequence}"`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
