import type { SkillSummary } from '@aegis/skill-sdk/wire/skills';

/** How each column of the skills table compares, rising. */
const COMPARE: Record<string, (left: SkillSummary, right: SkillSummary) => number> = {
  name: (left, right) => left.name.localeCompare(right.name, 'en'),
  status: (left, right) => left.status.localeCompare(right.status, 'en'),
  agents: (left, right) => left.agents - right.agents,
  created: (left, right) => Date.parse(left.createdAt) - Date.parse(right.createdAt),
};

export const SORT_DEFAULT = '-created';

/** A copy in the order of `sort`: a column, `-` in front for falling. An unknown column means the default. */
export function sortSkills(skills: readonly SkillSummary[], sort: string): SkillSummary[] {
  const known = Object.hasOwn(COMPARE, sort.replace(/^-/, '')) ? sort : SORT_DEFAULT;
  const compare = COMPARE[known.replace(/^-/, '')];
  const sign = known.startsWith('-') ? -1 : 1;
  return [...skills].sort(
    (left, right) => sign * (compare?.(left, right) ?? 0) || left.id.localeCompare(right.id, 'en'),
  );
}
