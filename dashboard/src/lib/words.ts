import type { ErrorCode } from '@aegis/skill-sdk/errors';
import type { PermissionChange } from '@aegis/skill-sdk/permissions';
import type { Install } from '@aegis/skill-sdk/wire/agents';
import type { AuditEvent } from '@aegis/skill-sdk/wire/audit';
import type { BlockedReason, BlockedRequest } from '@aegis/skill-sdk/wire/blocked';
import type { ClusterTenant, Enforcement } from '@aegis/skill-sdk/wire/clusters';
import type { Check, Severity, Verdict } from '@aegis/skill-sdk/wire/reports';
import type { ReasonCode } from '@aegis/skill-sdk/wire/reviews';
import type { Decision, SkillStatus } from '@aegis/skill-sdk/wire/skills';
import type { IconName } from './components/icons.ts';

/** One state as it is shown. The word is the same on the page, in the toast and in the audit. */
export interface Word {
  text: string;
  icon: IconName;
  tone: 'ok' | 'warn' | 'crit' | 'info' | 'mute';
}

export const SKILL_STATUS: Record<SkillStatus, Word> = {
  pending_review: { text: 'Pending review', icon: 'half', tone: 'warn' },
  approved: { text: 'Approved', icon: 'verified', tone: 'ok' },
  rejected: { text: 'Rejected', icon: 'rejected', tone: 'crit' },
  deprecated: { text: 'Deprecated', icon: 'dashed', tone: 'mute' },
  yanked: { text: 'Yanked', icon: 'dashed', tone: 'warn' },
  revoked: { text: 'Revoked', icon: 'slashed', tone: 'crit' },
};

export const SEVERITY: Record<Severity, Word> = {
  critical: { text: 'Critical', icon: 'octagon', tone: 'crit' },
  high: { text: 'High', icon: 'triangle', tone: 'crit' },
  medium: { text: 'Medium', icon: 'diamond', tone: 'warn' },
  low: { text: 'Low', icon: 'ring', tone: 'mute' },
  info: { text: 'Info', icon: 'info', tone: 'mute' },
};
/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export const VERDICT: Record<Verdict, Word> = {
  allow: { text: 'Nothing stops it', icon: 'check', tone: 'mute' },
  review: { text: 'Needs a look', icon: 'half', tone: 'warn' },
  block: { text: 'Blocks approval', icon: 'octagon', tone: 'crit' },
};

export const CHECK: Record<Check, string> = {
  no_eval: 'No eval or Function()',
  no_hardcoded_secrets: 'No secrets in the package',
  declared_network: 'Every network call is declared',
  declared_files: 'Every file access is declared',
  no_shell_exec: 'No shell commands',
  input_validation: 'Tool inputs are checked',
};

/** Four words with four shapes; nothing is green that a probe did not prove. */
export const ENFORCEMENT: Record<Enforcement | 'unknown', Word> = {
  verified: { text: 'Verified', icon: 'verified', tone: 'ok' },
  unverified: { text: 'Unverified', icon: 'unverified', tone: 'warn' },
  none: { text: 'None', icon: 'slashed', tone: 'crit' },
  unknown: { text: 'Not known', icon: 'unverified', tone: 'warn' },
};

export const INSTALL_STATE: Record<Install['enforcement'], Word> = {
  verified: { text: 'Enforced', icon: 'verified', tone: 'ok' },
  unverified: { text: 'Applied, not verified', icon: 'unverified', tone: 'warn' },
  none: { text: 'Not enforced', icon: 'slashed', tone: 'crit' },
  pending: { text: 'Not acknowledged yet', icon: 'half', tone: 'warn' },
  failed: { text: 'Failed to apply', icon: 'octagon', tone: 'crit' },
  no_cluster: { text: 'On no cluster, not enforced', icon: 'slashed', tone: 'warn' },
};

export const ACK_STATE: Record<ClusterTenant['state'], Word> = {
  applied: { text: 'Applied', icon: 'check', tone: 'mute' },
  written: { text: 'Written to a folder', icon: 'file', tone: 'mute' },
  failed: { text: 'Failed', icon: 'octagon', tone: 'crit' },
  pending: { text: 'Waiting', icon: 'half', tone: 'warn' },
};

export const HOLDS: Record<PermissionChange['holds'], string> = {
  enforced_in_clusters: 'enforced in clusters',
  checked_before_approval: 'checked before approval',
  declared_only: 'declared only',
};

export const PERMISSION_KIND: Record<PermissionChange['kind'], string> = {
  network: 'Network',
  'files.read': 'Files it reads',
  'files.write': 'Files it writes',
  environment: 'Environment',
  shell: 'Shell',
};

export const BLOCKED_REASON: Record<BlockedReason, string> = {
  not_in_allowlist: 'not in allow-list',
  skill_not_installed: 'skill is not installed',
  private_ip: 'private address',
  raw_ip: 'no host name',
  no_sni: 'TLS without a host name',
  port: 'port is not declared',
  dns_denied: 'name was not resolved',
  name_not_found: 'name does not exist',
  policy_default: 'denied by default',
};

export const BLOCKED_VERDICT: Record<BlockedRequest['verdict'], Word> = {
  denied: { text: 'Denied', icon: 'rejected', tone: 'mute' },
  would_deny: { text: 'Would deny', icon: 'unverified', tone: 'mute' },
  allowed_sample: { text: 'Allowed', icon: 'check', tone: 'mute' },
};

/** The sentence of each reason code, as the author reads it. */
export const REASON: Record<ReasonCode, string> = {
  permission_too_wide: 'A permission is wider than the skill needs',
  permission_unexplained: 'A permission has no reason',
  undeclared_access: 'The code does what the manifest does not declare',
  unsafe_code: 'The code is unsafe',
  secret_in_package: 'A secret is in the package',
  misleading_description: 'The description does not say what the skill does',
  missing_tests: 'Tests are missing',
  quality: 'Quality',
  policy: 'Against our policy',
  other: 'Something else, see the note',
};

export const DECISION: Record<Decision['kind'], Word> = {
  approved: { text: 'Approved', icon: 'verified', tone: 'ok' },
  rejected: { text: 'Rejected', icon: 'rejected', tone: 'crit' },
  deprecated: { text: 'Deprecated', icon: 'dashed', tone: 'mute' },
  undeprecated: { text: 'Deprecation lifted', icon: 'check', tone: 'mute' },
  yanked: { text: 'Yanked', icon: 'dashed', tone: 'warn' },
  unyanked: { text: 'Yank lifted', icon: 'check', tone: 'mute' },
  revoked: { text: 'Revoked', icon: 'slashed', tone: 'crit' },
  unrevoked: { text: 'Revocation lifted', icon: 'check', tone: 'mute' },
};

export const OUTCOME: Record<AuditEvent['outcome'], Word> = {
  success: { text: 'Done', icon: 'check', tone: 'mute' },
  intent: { text: 'Begun', icon: 'half', tone: 'mute' },
  failure: { text: 'Failed', icon: 'octagon', tone: 'warn' },
  denied: { text: 'Denied', icon: 'rejected', tone: 'warn' },
};

/** A text as a sentence of its own: with a full stop. */
export function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What is still safe when a page fails, and what to do: beside the registry's own sentence. */
export function adviceFor(code: ErrorCode | string | undefined): string {
  if (code === 'NOT_FOUND') return 'It may have been removed, or it belongs to somebody else. Nothing was changed.';
  if (code === 'FORBIDDEN') return 'Ask an owner of the tenant, or a platform admin. Nothing was changed.';
  if (code === 'RATE_LIMITED') return 'Wait a minute, then try again. Nothing was changed.';
  return 'Nothing was changed. Agents keep enforcing their last signed state.';
}
