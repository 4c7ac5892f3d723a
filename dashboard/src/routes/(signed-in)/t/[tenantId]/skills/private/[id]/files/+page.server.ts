import { read } from '$lib/server/answers.ts';
import { viewFile } from '$lib/server/file-view.ts';
import type { PageServerLoad } from './$types';

const FIRST = ['SKILL.md', 'README.md', 'manifest.yaml'];

export const load: PageServerLoad = ({ locals, params: { id }, url }) =>
  read(url, async () => {
    const { files } = await locals.api.skills.files(id);
    const wanted = url.searchParams.get('path');
    const path = wanted ?? FIRST.find((name) => files.some((file) => file.path === name)) ?? files[0]?.path;
    const shown = path === undefined ? null : await locals.api.skills.file(id, path);
    return { files, shown: shown === null ? null : viewFile(shown, url.searchParams.get('view') ?? 'rendered') };
  });
