import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { tenantPaths } from '$lib/paths.ts';
import { read } from '$lib/server/answers.ts';
import type { LayoutServerLoad } from './$types';

/** One version, and who runs the skill: the head of every tab. */
export const load: LayoutServerLoad = ({ locals, params: { id, tenantId }, url }) =>
  read(url, async () => {
    const [{ skill, installationCount }, { installs }] = await Promise.all([
      locals.api.skills.get(id),
      locals.api.skills.installs(id, { limit: PAGE_ROWS_MAX }),
    ]);
    return {
      title: `${skill.name} ${skill.version}`,
      trail: [{ text: 'Skills', href: tenantPaths(tenantId).skills() }],
      skill,
      installationCount,
      installs,
    };
  });
