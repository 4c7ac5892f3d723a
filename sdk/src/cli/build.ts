import { join, relative, resolve } from 'node:path';
import { archiveName, buildSkill } from './build-skill.ts';
import { defineCommand } from './command.ts';
import { makeFolder } from './make-folder.ts';
import { columns, count, size } from './terminal.ts';
import { writeWhole } from './write-whole.ts';

/** `aegis build [DIR]` (A18, A19, A56). */
export const build = defineCommand({
  usage: 'build [DIR]',
  summary: 'Make the package: dist/<name>-<version>.tar.gz',
  about:
    'Bundles each JavaScript or TypeScript handler with its npm dependencies into <handler>.bundle.mjs, with a source map,\nbeside its source. Leaves out dist/, node_modules/, files whose name begins with a dot, and what .aegisignore names.\nRefuses files that hold a private key or another secret, until .aegisignore names them (or takes them back: !FILE).\nThe same folder gives the same bytes on any machine.',
  arguments: { min: 0, max: 1 },
  options: {
    out: { type: 'string', value: 'DIR', text: 'Folder for the package (default: dist in the skill’s folder)' },
  },
  examples: [
    ['aegis build', 'Build the skill in this folder'],
    ['aegis build skills/crm-export --out /tmp --json', 'Build elsewhere; digests and files as JSON'],
  ],
  async run({ io, rest, values, print, paint, result, progress }) {
    const line = progress();
    line.update('Building …');
    const folder = resolve(io.cwd, rest[0] ?? '.');
    const built = await buildSkill(folder, io.cwd).finally(() => line.done());
    const { name, version } = built.manifest;
    const out = values.out === undefined ? join(folder, 'dist') : resolve(io.cwd, values.out);
    const path = join(out, archiveName(built.manifest));
    io.signal.throwIfAborted();
    await makeFolder(out);
    writeWhole(path, built.archive);
    print(`${paint('bold', `${name} ${version}`)}\n`);
    const rows = built.files.map((file) => [
      size(file.bytes.length).padStart(9),
      file.path,
      built.bundled.has(file.path) ? '(made by build)' : '',
    ]);
    print(columns(rows, '  ').trimEnd());
    if (built.leftOut.length > 0) {
      print(
        paint(
          'dim',
          `\n  left out: ${built.leftOut.map(({ path: left, rule }) => (rule === '.aegisignore' ? `${left} (${rule})` : left)).join(', ')}`,
        ),
      );
    }
    print(
      `\n${paint('green', '✓')} ${relative(io.cwd, path) || path}  ${size(built.archive.length)}, ${count(built.files.length, 'file')}`,
    );
    print(
      columns([
        ['  archive', built.archiveDigest],
        ['  content', built.contentDigest],
      ]).trimEnd(),
    );
    result({
      path,
      name,
      version,
      archiveDigest: built.archiveDigest,
      contentDigest: built.contentDigest,
      bytes: built.archive.length,
      files: built.files.map((file) => ({ path: file.path, size: file.bytes.length, mode: file.mode })),
      leftOut: built.leftOut,
    });
    return 0;
  },
});
