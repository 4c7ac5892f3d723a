import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentsOf, greeterArchive, signedIn } from '../../testing/installing.ts';
import { aegisEndedAt } from '../../testing/real-aegis.ts';
import { GREETER, temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { writeWhole } from './write-whole.ts';

const MINUTE_MS = 60_000;

describe('a file that is written as a whole', () => {
  it('replaces what was there, and leaves nothing beside it, also when it cannot', async () => {
    const folder = await temporaryFolder();
    writeWhole(join(folder, 'a'), 'one');
    writeWhole(join(folder, 'a'), 'two');
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('two');
    await mkdir(join(folder, 'b/c'), { recursive: true });
    expect(() => writeWhole(join(folder, 'b'), 'x')).toThrow();
    expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
  });
});

describe('Ctrl-C, twice and in a hurry', () => {
  it.each([
    ['init', ['init', 'new-one', '--yes']],
    ['import', ['import', 'words']],
    ['build', ['build', 'greeter']],
    ['install', ['install', 'other']],
  ])(
    'leaves of aegis %s all of it or nothing, whenever it comes',
    async (_name, argv) => {
      const { registry, io } = await signedIn();
      await registry.add(greeterArchive('1.0.0', {}, 'other'), 'approved');
      const files = Object.entries(GREETER).map(([path, text]) => [`greeter/${path}`, text] as const);
      await writeFiles(io.cwd, { ...Object.fromEntries(files), 'words/SKILL.md': '# Words\n\nTo read.\n' });
      const before = await contentsOf(io.cwd);
      const folders = await temporaryFolder();
      const run = async (killAt: number) => {
        const cwd = join(folders, String(killAt));
        await cp(io.cwd, cwd, { recursive: true });
        const ended = await aegisEndedAt({ home: io.home, cwd, killAt, signal: 'SIGINT' }, ...argv);
        return { ...ended, contents: await contentsOf(cwd) };
      };
      const whole = await run(0);
      expect(whole.code, whole.stderr).toBe(0);
      const { changes } = whole;
      for (const killAt of new Set([1, Math.ceil(changes / 2), changes])) {
        const { contents, stderr } = await run(killAt);
        // A folder that stays empty holds nothing half done; a mended SKILL.md is whole, and is imported the next time.
        const kept = Object.entries(contents).filter(([path, text]) => !path.endsWith('/') && before[path] !== text);
        for (const [path, text] of kept)
          expect(text, `${killAt} of ${changes}: ${path} ${stderr}`).toBe(whole.contents[path]);
        const isNew = Object.keys(contents).some((path) => !path.endsWith('/') && !(path in before));
        const wanted = isNew ? whole.contents : before;
        const names = (all: Record<string, string>) => Object.keys(all).filter((path) => !path.endsWith('/'));
        expect(names(contents), `${killAt} of ${changes}: ${stderr}`).toEqual(names(wanted));
      }
    },
    2 * MINUTE_MS,
  );
});
