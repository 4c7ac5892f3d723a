import type { Check, Finding } from '@aegis/skill-sdk/wire/reports';
import type { Gate, ReasonCode } from '@aegis/skill-sdk/wire/reviews';

/** Gates that a reviewer ticks like a finding; the registry names them so. */
const TICKED_GATES: readonly string[] = ['analysis-failed', 'findings-omitted'];

/** True for a finding whose tick the registry wants with an approval. It judges again; this only shows the box. */
export function needsTick({ severity, level }: Pick<Finding, 'severity' | 'level'>): boolean {
  return severity !== 'critical' && (severity === 'high' || level !== undefined);
}

export function gateNeedsTick({ id, state }: Pick<Gate, 'id' | 'state'>): boolean {
  return state === 'attention' && TICKED_GATES.includes(id);
}

/** How many ticks are still missing. */
export function missingTicks(findings: readonly Finding[], gates: readonly Gate[], ticked: readonly string[]): number {
  const wanted = [...findings.filter(needsTick), ...gates.filter(gateNeedsTick)].map(({ id }) => id);
  return wanted.filter((id) => !ticked.includes(id)).length;
}

const REASON_OF_CHECK: Record<Check, ReasonCode> = {
  no_eval: 'unsafe_code',
  no_shell_exec: 'unsafe_code',
  input_validation: 'unsafe_code',
  no_hardcoded_secrets: 'secret_in_package',
  declared_network: 'undeclared_access',
  declared_files: 'undeclared_access',
};

/** The reason codes that the findings suggest for a rejection. */
export function suggestedReasons(findings: readonly Finding[]): ReasonCode[] {
  const serious = findings.filter(({ severity }) => severity === 'critical' || severity === 'high');
  return [...new Set(serious.flatMap(({ check }) => (check === undefined ? [] : [REASON_OF_CHECK[check]])))];
}
