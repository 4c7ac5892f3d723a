import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AegisError } from '../errors.ts';
import { checkManifest } from '../manifest.ts';
import { defineCommand } from './command.ts';
import { withTemporaryFolder } from './temporary.ts';
import { count } from './terminal.ts';

/** From `src/cli` and from `dist/cli` alike. */
const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));
/** What `--template` may say, and the folder of each. */
const FOLDERS: Readonly<Record<string, string>> = {
  typescript: 'skill',
  python: 'python',
  instructions: 'instructions',
};
const NAME_DEFAULT = 'my-skill';

/** `aegis init [NAME]` (A14, A15, A54). */
export const init = defineCommand({
  usage: 'init [NAME]',
  summary: 'Make a new skill that validates, tests and builds at once',
  about:
    'Makes the folder NAME with manifest, tool, handler, cases and README. On a terminal it asks for what is missing.',
  arguments: { min: 0, max: 1 },
  options: {
    template: {
      type: 'string',
      short: 't',
      value: 'NAME',
      text: 'typescript (default), python, or instructions: a skill without tools',
    },
    author: { type: 'string', value: 'TEXT', text: 'Author (default: asked for, else the user’s name)' },
    yes: { type: 'boolean', short: 'y', text: 'Ask nothing, take defaults' },
  },
  examples: [
    ['aegis init invoice-sync', 'Ask for the author, then make invoice-sync/'],
    ['aegis init invoice-sync --author "Ada Lovelace" --yes', 'Ask nothing'],
    ['aegis init invoice-sync --template python', 'With a handler in Python'],
  ],
  async run({ io, rest, values, print, paint, result }) {
    const template = chooseTemplate(values.template ?? 'typescript');
    const asks = values.yes !== true && io.terminal.stdin;
    const name = rest[0] ?? ((asks && (await io.ask(`Name of the skill [${NAME_DEFAULT}]: `))) || NAME_DEFAULT);
    const user = io.env.GIT_AUTHOR_NAME ?? io.env.USER ?? io.env.USERNAME ?? 'Unknown';
    const author = values.author ?? ((asks && (await io.ask(`Author [${user}]: `))) || user);
    const files = await fillTemplate(template, { skillName: name, author });
    checkName(name, files);
    const folder = resolve(io.cwd, name);
    await requireEmpty(folder, name);
    // All of it appears at once: interrupted at any moment, there is a whole skill or none.
    await withTemporaryFolder(async (temporary) => {
      const fresh = join(temporary, 'skill');
      for (const [path, text] of files) {
        await mkdir(dirname(join(fresh, path)), { recursive: true });
        await writeFile(join(fresh, path), text);
      }
      io.signal.throwIfAborted();
      await rename(fresh, folder);
    }, io.cwd);
    result({ path: folder, name, author, files: [...files.keys()] });
    print(`${paint('green', '✓')} ${name}/ made, ${count(files.size, 'file')}\n`);
    for (const path of files.keys()) print(paint('dim', `  ${name}/${path}`));
    const steps =
      template === FOLDERS.instructions
        ? ['  aegis validate   check it']
        : ['  aegis test       run its cases', '  aegis dev        run its tool'];
    print(['\nNext:', `  cd ${name}`, ...steps, '  aegis build      make its package'].join('\n'));
    return 0;
  },
});

function chooseTemplate(name: string): string {
  const folder = Object.hasOwn(FOLDERS, name) ? FOLDERS[name] : undefined;
  if (folder !== undefined) return folder;
  throw new AegisError('USAGE', {
    detail: `There is no template “${name}”. Wanted one of: ${Object.keys(FOLDERS).join(', ')}.`,
  });
}

/** The files of a new skill by path, with the placeholders (A42, A45) filled in. */
async function fillTemplate(
  template: string,
  values: { skillName: string; author: string },
): Promise<Map<string, string>> {
  const folder = join(TEMPLATES, template);
  const files = new Map<string, string>();
  for (const name of await readdir(folder, { recursive: true })) {
    const file = join(folder, name);
    if (!(await stat(file)).isFile()) continue;
    const path = name.replaceAll('\\', '/');
    // In YAML and JSON the placeholders stand in double quotes; what is filled in must not end them.
    const quoted = /\.(?:ya?ml|json)$/.test(path) || path === 'SKILL.md';
    const spell = (text: string) => (quoted ? JSON.stringify(text).slice(1, -1) : text);
    const text = await readFile(file, 'utf8');
    files.set(
      path,
      text
        .replaceAll('{{skillName}}', () => spell(values.skillName))
        .replaceAll('{{author}}', () => spell(values.author)),
    );
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkName(name: string, files: ReadonlyMap<string, string>): void {
  const wrong = checkManifest(files.get('manifest.yaml') ?? '').errors.filter(
    ({ pointer }) => pointer === '/name' || pointer === '/author',
  );
  if (wrong.length === 0) return;
  throw new AegisError('USAGE', {
    detail: wrong
      .map(
        ({ pointer, detail }) =>
          `The ${pointer.slice(1)} ${pointer === '/name' ? `“${name}” ` : ''}cannot be used: ${detail}`,
      )
      .join(' '),
  });
}

async function requireEmpty(folder: string, name: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (found?.length === 0) return;
  const what =
    found === null ? 'is a file' : `is not empty (${found.slice(0, 3).join(', ')}${found.length > 3 ? ' …' : ''})`;
  throw new AegisError('USAGE', {
    detail: `${name} ${what}, so nothing was written. Choose another name, or remove it first.`,
  });
}
