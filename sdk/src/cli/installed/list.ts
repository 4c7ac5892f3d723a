import { relative } from 'node:path';
import { defineCommand } from '../command.ts';
import { forEachOf } from '../many.ts';
import { columns, count } from '../terminal.ts';
import type { FolderState } from './folder-state.ts';
import { openInstalled, placeOptions } from './open.ts';
import { findIn, foldersOf, tellNothingInstalled } from './where.ts';

const WORDS: Readonly<Record<FolderState, string>> = {
  same: 'as approved',
  littered: 'as approved',
  changed: 'CHANGED since it was installed',
  missing: 'MISSING',
};

/** `aegis list`: what is installed, each folder compared with the lock byte for byte, without a network. */
export const list = defineCommand({
  usage: 'list',
  summary: 'Show what is installed, and whether it is still what was approved',
  about: 'Compares every file with aegis.lock and asks nobody. Whether a version is still approved: aegis outdated.',
  arguments: { min: 0, max: 0 },
  options: placeOptions,
  examples: [
    ['aegis list', 'The skills of this project'],
    ['aegis list --agent claude-code --user --json', 'Those that Claude Code has for this user'],
  ],
  async run(run) {
    const installed = await openInstalled(run);
    const skills = installed.lock?.skills ?? [];
    const rows = await forEachOf(skills, { noun: 'skills' }, async (entry) => ({
      ...entry,
      folders: await findIn(installed, entry, foldersOf(installed, entry)),
    }));
    const wrong = rows
      .flatMap(({ folders }) => folders)
      .filter(({ state }) => state === 'changed' || state === 'missing');
    run.result({
      lock: installed.lockPath,
      skills: rows.map(({ folders, dirs: _dirs, ...entry }) => ({
        ...entry,
        folders: folders.map(({ path, state }) => ({ path, state: state === 'littered' ? 'same' : state })),
      })),
    });
    if (skills.length === 0) {
      tellNothingInstalled(run, installed);
      return 0;
    }
    const lines = rows.flatMap(({ name, version, folders }) =>
      folders.map(({ path, state }) => [name, version, relative(run.io.cwd, path) || path, WORDS[state]]),
    );
    run.print(columns(lines).trimEnd());
    if (wrong.length === 0) return 0;
    run.warn(
      `\n${run.paint('red', '✗')} ${count(wrong.length, 'folder')} not as approved. Put back what was: aegis install --frozen --force`,
    );
    return 1;
  },
});
