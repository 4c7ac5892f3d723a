import { AegisError } from '@aegis/skill-sdk/errors';
import { redirect } from '@sveltejs/kit';
import { tenantPaths } from '$lib/paths.ts';
import { change, read, text } from '$lib/server/answers.ts';
import { renderMarkdown } from '$lib/server/markdown.ts';
import { markActions } from '$lib/server/marks.ts';
import { permissionLines } from '$lib/server/permission-lines.ts';
import type { Actions, PageServerLoad } from './$types';

const GUIDE = 'SKILL.md';

/** What the skill tells an agent, rendered inert, and what it may do in words. */
export const load: PageServerLoad = ({ locals, params: { id }, parent, url }) =>
  read(url, async () => {
    const { skill } = await parent();
    const guide = await readGuide(locals.api, id);
    return { guide, lines: permissionLines(skill.permissions) };
  });

/** Null for a package without a SKILL.md. */
async function readGuide(api: App.Locals['api'], id: string): Promise<string | null> {
  try {
    const { content } = await api.skills.file(id, GUIDE);
    return content === null ? null : renderMarkdown(content);
  } catch (cause) {
    if (cause instanceof AegisError && cause.code === 'NOT_FOUND') return null;
    throw cause;
  }
}

export const actions: Actions = {
  ...markActions,
  delete: async ({ locals, params: { id, tenantId } }) => {
    const answer = await change(async () => {
      await locals.api.skills.remove(id);
      return null;
    });
    if (answer === null) redirect(303, tenantPaths(tenantId).skills());
    return answer;
  },
  install: async ({ request, locals, params: { id, tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      const install = await locals.api.agents.install(tenantId, text(form, 'agentId'), { privateSkillId: id });
      return { agentName: install.agentName };
    });
  },
};
