import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { tenantPaths } from '$lib/paths.ts';
import { read } from '$lib/server/answers.ts';
import type { LayoutServerLoad } from './$types';

/** One version, and who runs the skill: the head of every tab. */
export const load: LayoutServerLoad = ({ locals, params: { id, tenantId }, url }) =>
  read(url, async () => {
    const [{ skill, installationCount }, { installs }, { dryRuns }] = await Promise.all([
      locals.api.skills.get(id),
      locals.api.skills.installs(id, { limit: PAGE_ROWS_MAX }),
      locals.api.skills.dryRuns(id),
    ]);
    return {
      title: `${skill.name} ${skill.version}`,
      trail: [{ text: 'Skills', href: tenantPaths(tenantId).skills() }],
      skill,
      installationCount,
      installs,
      dryRun: dryRuns[0] ?? null,
    };
  });
