import { z } from 'zod';
import { PermissionBlock } from '../permissions.ts';
import { Actor, Can, DigestText, Instant, id } from './common.ts';
import { NextCursor } from './paging.ts';
import { SkillStatus } from './skills.ts';

/** Labels that bind an agent to pods; Kubernetes label syntax. */
export const Selector = z
  .object({
    matchLabels: z
      .record(
        z
          .string()
          .regex(/^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/),
        z.string().regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/),
      )
      .refine((labels) => Object.keys(labels).length > 0 && Object.keys(labels).length <= 10, 'one to ten labels'),
  })
  .meta({ id: 'Selector' });
export type Selector = z.infer<typeof Selector>;

/** What the agent needs without any skill: model provider, git host, telemetry. */
export const Base = z
  .object({
    id: id('base'),
    revision: z.int(),
    permissions: PermissionBlock,
    state: z.enum(['pending_review', 'approved', 'rejected']),
    proposedBy: Actor,
    proposedAt: Instant,
    notes: z.string().nullable(),
  })
  .meta({ id: 'Base' });
export type Base = z.infer<typeof Base>;

export const Agent = z
  .object({
    id: id('agent'),
    tenantId: id('tenant'),
    name: z.string(),
    clusterId: id('cluster').nullable(),
    clusterName: z.string().nullable(),
    selector: Selector,
    skills: z.int(),
    /** The approved base that is in force, and a newer proposal if there is one. */
    base: Base.nullable(),
    proposedBase: Base.nullable(),
    createdAt: Instant,
    can: Can,
  })
  .meta({ id: 'Agent' });
export type Agent = z.infer<typeof Agent>;
export const AgentList = z.object({ agents: z.array(Agent), nextCursor: NextCursor }).meta({ id: 'AgentList' });
export const AgentName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 63');
export const AgentCreate = z
  .object({ name: AgentName, clusterId: id('cluster').nullable().default(null), selector: Selector.optional() })
  .meta({ id: 'AgentCreate' });
export const AgentUpdate = z
  .object({ clusterId: id('cluster').nullable().optional(), selector: Selector.optional() })
  .meta({ id: 'AgentUpdate' });
/** Only `network` of the block is used; presets are named lists of hosts that are expanded when proposed. */
export const BaseProposal = z
  .object({ network: z.array(z.unknown()).max(100).default([]), presets: z.array(z.string()).max(20).default([]) })
  .meta({ id: 'BaseProposal' });

/** One skill on one agent. */
export const Install = z
  .object({
    agentId: id('agent'),
    agentName: z.string(),
    tenantId: id('tenant'),
    name: z.string(),
    privateSkillId: id('version'),
    version: z.string(),
    status: SkillStatus,
    archiveDigest: DigestText,
    contentDigest: DigestText,
    /** The version before, which a rollback goes back to; null when there is none that could be installed. */
    rollbackTo: z.object({ privateSkillId: id('version'), version: z.string() }).nullable(),
    /** The true state in the agent's cluster. */
    enforcement: z.enum(['verified', 'unverified', 'none', 'pending', 'failed', 'no_cluster']),
    warning: z.string().nullable(),
    installedBy: Actor,
    installedAt: Instant,
    revision: z.int(),
  })
  .meta({ id: 'Install' });
export type Install = z.infer<typeof Install>;
export const InstallList = z.object({ installs: z.array(Install), nextCursor: NextCursor }).meta({ id: 'InstallList' });
/** A87. */
export const InstallRequest = z.object({ privateSkillId: id('version') }).meta({ id: 'InstallRequest' });
