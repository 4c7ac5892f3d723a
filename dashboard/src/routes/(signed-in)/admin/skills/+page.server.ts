import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { SkillStatus } from '@aegis/skill-sdk/wire/skills';
import { read } from '$lib/server/answers.ts';
import { SORT_DEFAULT, sortSkills } from '$lib/sorting.ts';
import type { PageServerLoad } from './$types';

/** The newest version of every skill of every tenant; all versions where a state is looked for. */
export const load: PageServerLoad = ({ locals, url }) =>
  read(url, async () => {
    const q = url.searchParams.get('q') ?? '';
    const status = SkillStatus.safeParse(url.searchParams.get('status')).data;
    const sort = url.searchParams.get('sort') ?? SORT_DEFAULT;
    const cursor = url.searchParams.get('cursor') ?? undefined;
    const list = await locals.api.skills.list({
      limit: PAGE_ROWS_MAX,
      ...(q === '' ? {} : { q }),
      ...(status === undefined ? {} : { status, all: true }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const isWhole = list.nextCursor === null && cursor === undefined;
    const skills = isWhole ? sortSkills(list.skills, sort) : list.skills;
    return { title: 'Skills', skills, nextCursor: list.nextCursor, isWhole, q, status: status ?? '', sort };
  });
