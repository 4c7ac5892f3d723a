import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { redirect } from '@sveltejs/kit';
import { tenantPaths } from '$lib/paths.ts';
import { change, read, text, texts } from '$lib/server/answers.ts';
import { basePresets } from '$lib/server/base-presets.ts';
import { parseHosts, parseLabels } from '$lib/server/lines.ts';
import { permissionLines } from '$lib/server/permission-lines.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId, agentId }, url }) =>
  read(url, async () => {
    const [agent, { installs }] = await Promise.all([
      locals.api.agents.get(tenantId, agentId),
      locals.api.agents.installs(tenantId, agentId, { limit: PAGE_ROWS_MAX }),
    ]);
    return {
      title: agent.name,
      trail: [{ text: 'Agents', href: tenantPaths(tenantId).agents() }],
      agent,
      installs,
      inForce: agent.base === null ? null : permissionLines(agent.base.permissions),
      proposed: agent.proposedBase === null ? null : permissionLines(agent.proposedBase.permissions),
      presets: basePresets(),
    };
  });

export const actions: Actions = {
  update: async ({ request, locals, params: { tenantId, agentId } }) => {
    const form = await request.formData();
    const matchLabels = parseLabels(text(form, 'labels'));
    return change(async () => {
      await locals.api.agents.update(tenantId, agentId, {
        clusterId: text(form, 'clusterId') || null,
        ...(Object.keys(matchLabels).length === 0 ? {} : { selector: { matchLabels } }),
      });
      return { ok: true };
    });
  },
  proposeBase: async ({ request, locals, params: { tenantId, agentId } }) => {
    const form = await request.formData();
    return change(async () => {
      const network = parseHosts(text(form, 'hosts'));
      await locals.api.agents.proposeBase(tenantId, agentId, { network, presets: texts(form, 'preset') });
      return { ok: true };
    });
  },
  uninstall: async ({ request, locals, params: { tenantId, agentId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.agents.uninstall(tenantId, agentId, text(form, 'name'));
      return { ok: true };
    });
  },
  rollback: async ({ request, locals, params: { tenantId, agentId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.agents.rollback(tenantId, agentId, text(form, 'name'));
      return { ok: true };
    });
  },
  remove: async ({ locals, params: { tenantId, agentId } }) => {
    const answer = await change(async () => {
      await locals.api.agents.remove(tenantId, agentId);
      return null;
    });
    if (answer === null) redirect(303, tenantPaths(tenantId).agents());
    return answer;
  },
};
