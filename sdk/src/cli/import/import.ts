import { lstat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { pack } from '../../archive.ts';
import { AegisError } from '../../errors.ts';
import { reach } from '../../permissions.ts';
import { defineCommand, type Run } from '../command.ts';
import { describeField } from '../show-error.ts';
import { readSkillFolder, textOf } from '../skill-folder.ts';
import { findSkillFolders } from '../skill-folders.ts';
import { count } from '../terminal.ts';
import { writeWhole } from '../write-whole.ts';
import { type Draft, draftManifest, withTexts } from './draft.ts';

const options = {
  force: { type: 'boolean', short: 'f', text: 'Draft anew where a manifest.yaml exists already' },
  'dry-run': { type: 'boolean', text: 'Show each draft and write nothing' },
} as const;
type ImportRun = Run<typeof options>;

/** `aegis import PATH...`: drafts the manifest of Agent Skills folders, one or forty. */
export const importSkills = defineCommand({
  usage: 'import PATH...',
  summary: 'Draft manifest.yaml for Agent Skills folders that have none',
  about:
    'PATH is a folder with a SKILL.md, or a folder of such folders. Name, version and description come from SKILL.md; each\npermission comes from what the code does and the instructions fetch, with the file and line that ask for it. What could\nnot be resolved stands there as a comment. Nothing is run and nothing is sent. SKILL.md is only changed where its name\nor description could not be published as it is.',
  arguments: { min: 1, max: Number.MAX_SAFE_INTEGER },
  options,
  examples: [
    ['aegis import ~/.claude/skills/invoices', 'One skill'],
    ['aegis import ~/.claude/skills', 'All skills in a folder'],
    ['aegis import invoices --dry-run', 'Only look at the draft'],
  ],
  exitCodes: [
    [0, 'every skill has a manifest that validates'],
    [1, 'at least one could not be imported'],
  ],
  async run(run) {
    const folders = await foldersOf(run);
    const line = run.progress();
    let imported = 0;
    const names = new Map<string, string>();
    for (const [at, folder] of folders.entries()) {
      run.io.signal.throwIfAborted();
      line.update(`Reading ${at + 1} of ${folders.length} …`);
      const path = relative(run.io.cwd, folder) || '.';
      try {
        const draft = await importFolder(run, folder);
        line.done();
        tell(run, path, draft, names);
        imported++;
      } catch (error) {
        line.done();
        if (!(error instanceof AegisError)) throw error;
        tellRefused(run, path, error);
      }
    }
    line.done();
    const all = imported === folders.length;
    run.print(
      `\n${run.paint(all ? 'green' : 'red', all ? '✓' : '✗')} ${imported} of ${count(folders.length, 'skill')} imported`,
    );
    if (imported > 0)
      run.print('Next: read the comments in manifest.yaml, then aegis validate, aegis build, aegis publish');
    return all ? 0 : 1;
  },
});

async function foldersOf({ rest, io }: ImportRun): Promise<string[]> {
  const folders = new Set<string>();
  for (const path of rest) {
    const absolute = resolve(io.cwd, path);
    if ((await lstat(absolute).catch(() => null)) === null)
      throw new AegisError('USAGE', { detail: `${path} does not exist. Nothing was written.` });
    const found = await findSkillFolders(absolute);
    if (found.length === 0) {
      throw new AegisError('USAGE', {
        detail: `${path} holds no skill. Wanted a folder with a SKILL.md (spelled so), or a folder of such folders.`,
      });
    }
    for (const folder of found) folders.add(folder);
  }
  return [...folders];
}

async function importFolder({ io, values }: ImportRun, folder: string): Promise<Draft> {
  const { files } = await readSkillFolder(folder, io.cwd);
  if (textOf(files, 'manifest.yaml') !== null && values.force !== true) {
    throw new AegisError('ALREADY_EXISTS', {
      detail: 'It has a manifest.yaml, which was left alone. Draft anew: --force',
    });
  }
  if (textOf(files, 'SKILL.md') === null) throw new AegisError('USAGE', { detail: 'It has no SKILL.md.' });
  const draft = draftManifest(files, basename(folder));
  if (draft.manifest === null) {
    throw new AegisError('MANIFEST_INVALID', { detail: 'The draft does not validate.', errors: draft.errors });
  }
  const texts = { 'SKILL.md': draft.skillFile, 'manifest.yaml': draft.text };
  // What cannot be packed is better heard now than at `aegis build`.
  pack(withTexts(files, texts));
  if (values['dry-run'] === true) return draft;
  // The manifest last: a folder that has one is imported.
  for (const [name, text] of Object.entries(texts)) {
    if (text !== null) writeWhole(join(folder, name), text);
  }
  return draft;
}

function tell(run: ImportRun, path: string, draft: Draft, names: Map<string, string>): void {
  const { print, paint, warn, result, values } = run;
  const { manifest, notes, open } = draft;
  if (manifest === null) return;
  const { name, version, permissions } = manifest;
  const first = names.get(name);
  names.set(name, path);
  result({
    path,
    name,
    version,
    permissions,
    open,
    notes,
    ...(values['dry-run'] === true ? { manifest: draft.text } : {}),
  });
  const rest = open === 0 ? '' : `, ${paint('yellow', `${open} to decide`)}`;
  print(
    `${paint('green', '✓')} ${paint('bold', name)} ${version}  ${reach(permissions)}${rest}  ${paint('dim', path)}`,
  );
  for (const note of notes) print(paint('dim', `    ${note}`));
  if (first !== undefined)
    warn(`${paint('yellow', '!')} ${first} has the name ${name} as well; a registry holds one of them.`);
  if (values['dry-run'] === true) print(`\n${draft.text}`);
}

function tellRefused({ warn, paint, result }: ImportRun, path: string, error: AegisError): void {
  result({ path, error: { code: error.code, detail: error.detail, errors: error.errors } });
  const fields = error.errors.map((field) => describeField(field, paint)).join('\n');
  warn(`${paint('red', '✗')} ${path}: ${error.message}${fields === '' ? '' : `\n${fields}`}`);
}
