import type { z } from 'zod';
import type { Finding } from '../wire/reports.ts';
import type { ReasonCode } from '../wire/reviews.ts';
import type { Skill } from '../wire/skills.ts';
import { showFindings } from './show-findings.ts';
import { type Paint, plain } from './terminal.ts';

type SkillOf = z.output<typeof Skill>;

/** What each reason code asks of the author. */
const REASONS: Record<z.output<typeof ReasonCode>, string> = {
  permission_too_wide: 'A permission is wider than the skill needs: narrow it in manifest.yaml.',
  permission_unexplained:
    'A permission has no reason: say why it is needed (reason: … in manifest.yaml, or the README).',
  undeclared_access: 'The code reaches what manifest.yaml does not declare: declare it, or take it out.',
  unsafe_code: 'The code does something unsafe: see the findings.',
  secret_in_package: 'A secret lies in the package: take it out, and make it invalid where it was issued.',
  misleading_description: 'The description says something else than the code does: correct it.',
  missing_tests: 'Cases are missing: add tests/<tool>.cases.yaml.',
  quality: 'The reviewer asks for better quality: see the notes.',
  policy: 'A rule of your organisation stands against it: see the notes.',
  other: 'See the notes.',
};

const STATES: Record<SkillOf['status'], string> = {
  pending_review: 'pending review',
  approved: 'approved',
  rejected: 'changes asked',
  deprecated: 'deprecated',
  yanked: 'yanked: no new installs',
  revoked: 'revoked: removed from every cluster',
};

/** What comes next for the author, in one sentence each; the same for people and for programs. */
export function nextSteps(skill: SkillOf, findings: readonly Finding[]): string[] {
  const { status, report } = skill;
  const decision = skill.decisions.at(-1);
  if (status === 'rejected') {
    const reasons = (decision?.reasonCodes ?? []).map((code) => REASONS[code as keyof typeof REASONS] ?? code);
    return [...reasons, `Then publish it with a higher version than ${skill.version}: a number is used once.`];
  }
  if (status === 'pending_review') {
    if (report === null || report.state === 'queued' || report.state === 'running')
      return ['The analysis is under way.'];
    if (report.state === 'failed') return ['The analysis failed; the registry tries it again.'];
    if (findings.some(({ severity }) => severity === 'critical')) {
      return [
        `Critical findings block the approval. Change them and publish with a higher version than ${skill.version}.`,
      ];
    }
    return ['Nothing to do: a reviewer decides.'];
  }
  if (status === 'approved') return [`Install it: aegis install ${skill.name}@${skill.version}`];
  const replacement = decision?.replacement ?? null;
  return replacement === null ? [] : [`Use ${replacement} instead.`];
}

/** A version for its author: state, place in the queue, reasons, findings with their place, and what comes next. */
export function describeSkill(skill: SkillOf, findings: readonly Finding[], paint: Paint): string {
  const style =
    skill.status === 'approved'
      ? 'green'
      : skill.status === 'pending_review' || skill.status === 'deprecated'
        ? 'yellow'
        : 'red';
  const queue = skill.queuePosition === null ? '' : `, number ${skill.queuePosition} in the queue`;
  const lines = [`${paint('bold', `${skill.name} ${skill.version}`)}  ${paint(style, STATES[skill.status])}${queue}`];
  const { report } = skill;
  if (report?.state === 'done') lines.push(`  analysis: ${report.decision}, score ${report.score} of 100`);
  const decision = skill.decisions.at(-1);
  if (decision !== undefined) {
    lines.push(`  ${decision.kind} by ${plain(decision.decidedBy.name)}, ${decision.decidedAt}`);
    if (decision.reasonCodes.length > 0) lines.push(`  reasons: ${decision.reasonCodes.join(', ')}`);
    if (decision.notes !== '')
      lines.push(
        ...plain(decision.notes)
          .split('\n')
          .map((line) => `  │ ${line}`),
      );
  }
  if (findings.length > 0) lines.push('', showFindings(findings, paint));
  const steps = nextSteps(skill, findings);
  if (steps.length > 0) lines.push('', ...steps.map((step) => `  → ${step}`));
  return lines.join('\n');
}
