import type { DryRun } from '@aegis/skill-sdk/wire/dry-run-jobs';
import { adminPaths } from '$lib/paths.ts';
import { change, read, text, texts } from '$lib/server/answers.ts';
import { toolsOf, wantedRun } from '$lib/server/dry-run-form.ts';
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
    const [report, file, list, detail] = await Promise.all([
      workspace.report?.state === 'done' ? locals.api.skills.report(id) : null,
      path === null ? null : locals.api.skills.file(id, path),
      locals.api.skills.dryRuns(id),
      locals.api.skills.get(id),
    ]);
    const run = chosenRun(list.dryRuns, url.searchParams.get('run'));
    return {
      title: `${workspace.skill.name} ${workspace.skill.version}`,
      trail: [{ text: 'Reviews', href: adminPaths.reviews() }],
      workspace,
      report,
      dryRuns: list,
      dryRunReport: run === null ? null : await locals.api.skills.dryRunReport(id, run.id),
      tools: toolsOf(detail.skill.manifest),
      lines: permissionLines(workspace.permissions),
      file: file === null ? null : viewFile(file, url.searchParams.get('view')),
    };
  });

/** The run that the reader asked for, else the newest that has a report. */
function chosenRun(runs: readonly DryRun[], wanted: string | null): DryRun | null {
  const told = runs.filter(({ digest }) => digest !== null);
  return told.find(({ id }) => id === wanted) ?? told[0] ?? null;
}

/** The first file that changed, else the guide, else any. */
function firstFile(files: readonly { path: string; change: string }[]): string | null {
  const there = files.filter((file) => file.change !== 'removed');
  const first =
    there.find((file) => file.change === 'changed') ?? there.find((file) => file.path === 'SKILL.md') ?? there[0];
  return first?.path ?? null;
}

export const actions: Actions = {
  ...revokeActions,
  dryRun: async ({ request, locals, params: { id } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.skills.askDryRun(id, wantedRun(text(form, 'tool'), text(form, 'input')));
      return { ok: true };
    });
  },
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
