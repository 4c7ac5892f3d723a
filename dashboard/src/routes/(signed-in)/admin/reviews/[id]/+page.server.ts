import { adminPaths } from '$lib/paths.ts';
import { change, read, text, texts } from '$lib/server/answers.ts';
import { viewFile } from '$lib/server/file-view.ts';
import { revokeActions } from '$lib/server/marks.ts';
import { permissionLines } from '$lib/server/permission-lines.ts';
import { reasonCodes } from '$lib/server/reason-codes.ts';
import type { Actions, PageServerLoad } from './$types';

/** Everything that a reviewer decides by: the workspace, its report, and the file that is open. */
export const load: PageServerLoad = ({ locals, params: { id }, url }) =>
  read(url, async () => {
    const workspace = await locals.api.reviews.workspace(id);
    const path = url.searchParams.get('file') ?? firstFile(workspace.fileChanges);
    const [report, file] = await Promise.all([
      workspace.report?.state === 'done' ? locals.api.skills.report(id) : null,
      path === null ? null : locals.api.skills.file(id, path),
    ]);
    return {
      title: `${workspace.skill.name} ${workspace.skill.version}`,
      trail: [{ text: 'Reviews', href: adminPaths.reviews() }],
      workspace,
      report,
      lines: permissionLines(workspace.permissions),
      file: file === null ? null : viewFile(file, url.searchParams.get('view')),
    };
  });

/** The first file that changed, else the guide, else any. */
function firstFile(files: readonly { path: string; change: string }[]): string | null {
  const there = files.filter((file) => file.change !== 'removed');
  const first =
    there.find((file) => file.change === 'changed') ?? there.find((file) => file.path === 'SKILL.md') ?? there[0];
  return first?.path ?? null;
}

export const actions: Actions = {
  ...revokeActions,
  decide: async ({ request, locals, params: { id } }) => {
    const form = await request.formData();
    const reportDigest = text(form, 'reportDigest');
    return change(async () => {
      await locals.api.reviews.decide(id, {
        status: text(form, 'status') === 'approved' ? 'approved' : 'rejected',
        notes: text(form, 'notes'),
        reasonCodes: reasonCodes(texts(form, 'reasonCodes')),
        acknowledged: texts(form, 'acknowledged'),
        revision: Number(text(form, 'revision')),
        ...(reportDigest === '' ? {} : { reportDigest }),
      });
      return { ok: true };
    });
  },
};
