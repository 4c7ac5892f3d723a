import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { adminPaths } from '$lib/paths.ts';
import { change, read, text } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { clusterId }, url }) =>
  read(url, async () => {
    const [cluster, { tenants }] = await Promise.all([
      locals.api.clusters.get(clusterId),
      locals.api.tenants.list({ limit: PAGE_ROWS_MAX }),
    ]);
    const placed = new Set(cluster.tenants.map((tenant) => tenant.tenantId));
    return {
      title: cluster.name,
      trail: [{ text: 'Clusters', href: adminPaths.clusters() }],
      cluster,
      placeable: tenants.filter((tenant) => !placed.has(tenant.id)).map(({ id, name }) => ({ id, name })),
    };
  });

export const actions: Actions = {
  place: async ({ request, locals, params: { clusterId } }) => {
    const form = await request.formData();
    const mode = text(form, 'mode') === 'hard' ? 'hard' : 'soft';
    return change(async () => {
      await locals.api.clusters.place(clusterId, text(form, 'tenantId'), { mode });
      return { ok: true };
    });
  },
  unplace: async ({ request, locals, params: { clusterId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.clusters.unplace(clusterId, text(form, 'tenantId'));
      return { ok: true };
    });
  },
  dryRun: async ({ request, locals, params: { clusterId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.clusters.update(clusterId, { dryRun: text(form, 'dryRun') === 'on' });
      return { ok: true };
    });
  },
  joinToken: async ({ request, locals, params: { clusterId } }) => {
    const form = await request.formData();
    return change(async () => {
      const { joinToken } = await locals.api.clusters.joinToken(clusterId);
      return { joinToken, name: text(form, 'name') };
    });
  },
  revoke: async ({ locals, params: { clusterId } }) =>
    change(async () => {
      await locals.api.clusters.revoke(clusterId);
      return { ok: true };
    }),
};
