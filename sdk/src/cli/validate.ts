import { checkSkill } from './check-skill.ts';
import { defineCommand } from './command.ts';
import { describeField } from './show-error.ts';
import { textOf } from './skill-folder.ts';
import { count } from './terminal.ts';

/** `aegis validate [DIR]` (A16, A17). */
export const validate = defineCommand({
  usage: 'validate [DIR]',
  summary: 'Check a skill’s manifest, files and tools as the registry does',
  about:
    'Checks manifest.yaml and the package with the rules of the registry, and that index.ts exports the tools that\nmanifest.yaml declares. For that, index.ts is run in a process of its own.',
  arguments: { min: 0, max: 1 },
  options: {},
  examples: [
    ['aegis validate', 'Check the skill in this folder'],
    ['aegis validate skills/crm-export --json', 'Check another one, for a program: {"valid": …, "errors": […]}'],
  ],
  async run({ io, rest, print, paint, result, progress }) {
    const line = progress();
    line.update('Checking …');
    const { folder, manifest, errors } = await checkSkill(rest[0] ?? '.', io.cwd).finally(() => line.done());
    const valid = errors.length === 0 && manifest !== null;
    result({ valid, path: folder.path, name: manifest?.name ?? null, version: manifest?.version ?? null, errors });
    if (valid) {
      print(`${paint('green', '✓')} Manifest valid`);
      print(
        paint(
          'dim',
          `  ${manifest.name} ${manifest.version}, ${count(manifest.tools.length, 'tool')}, ${count(folder.files.length, 'file')}`,
        ),
      );
      return 0;
    }
    print(`${paint('red', '✗')} Errors found\n`);
    const source = (file: string) => textOf(folder.files, file);
    for (const error of errors) print(`${describeField({ file: 'manifest.yaml', ...error }, paint, source)}\n`);
    print(count(errors.length, 'error'));
    return 1;
  },
});
