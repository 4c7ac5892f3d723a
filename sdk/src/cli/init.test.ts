import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testIo, writeFiles } from '../../testing/test-io.ts';
import { parseManifest } from '../manifest.ts';

describe('aegis init (A14, A15, A42, A45, A52-A54)', () => {
  it('makes a skill that validates, tests and builds at once', async () => {
    const io = await testIo({ env: { USER: 'ada' } });
    expect(await io.aegis('init', 'my-skill', '--yes')).toBe(0);
    const folder = join(io.cwd, 'my-skill');
    const made = await readdir(folder);
    expect(made).toEqual(
      expect.arrayContaining(['manifest.yaml', 'index.ts', 'handlers', 'tools', 'tests', 'README.md', 'SKILL.md']),
    );
    expect(parseManifest(await readFile(join(folder, 'manifest.yaml'), 'utf8'))).toMatchObject({
      name: 'my-skill',
      version: '1.0.0',
      author: 'ada',
      description: 'A custom skill for Aegis agents',
    });
    expect(await io.aegis('validate', 'my-skill'), io.err() + io.out()).toBe(0);
    expect(await io.aegis('test', 'my-skill'), io.err() + io.out()).toBe(0);
    expect(await io.aegis('build', 'my-skill'), io.err() + io.out()).toBe(0);
    expect(await readdir(join(folder, 'dist'))).toEqual(['my-skill-1.0.0.tar.gz']);
  });

  it('makes a skill whose package does not change when others are installed beside it', async () => {
    const io = await testIo();
    await io.aegis('init', 'my-skill', '--yes');
    const digest = async () => {
      io.clear();
      expect(await io.aegis('build', 'my-skill', '--json'), io.err()).toBe(0);
      return io.json()[0]?.archiveDigest;
    };
    const before = await digest();
    await writeFiles(join(io.cwd, 'my-skill'), { 'skills/other/index.js': 'eval(1)', 'aegis.lock': '{}' });
    expect(await digest()).toBe(before);
  });

  it('asks a person for name and author, and takes what is offered', async () => {
    const io = await testIo({ env: { USER: 'ada' }, answers: ['invoice-sync', ''] });
    expect(await io.aegis('init')).toBe(0);
    expect(io.questions).toEqual(['Name of the skill [my-skill]: ', 'Author [ada]: ']);
    expect(await readFile(join(io.cwd, 'invoice-sync/manifest.yaml'), 'utf8')).toContain('author: "ada"');
  });

  it('asks nothing with --yes or without a terminal', async () => {
    const yes = await testIo({ answers: ['x'] });
    expect(await yes.aegis('init', '--yes')).toBe(0);
    expect(yes.questions).toEqual([]);
    const pipe = await testIo();
    expect(await pipe.aegis('init', '--json')).toBe(0);
    expect(pipe.json()[0]).toMatchObject({ name: 'my-skill', author: 'Unknown' });
  });

  it('spells any author so that the manifest stays sound', async () => {
    const author = 'Zoë "Z" O\'Neil: #1 \\ $& {{skillName}}';
    const io = await testIo();
    expect(await io.aegis('init', 'a-skill', '--author', author)).toBe(0);
    expect(parseManifest(await readFile(join(io.cwd, 'a-skill/manifest.yaml'), 'utf8')).author).toBe(author);
  });

  it('refuses a folder that is not empty and leaves it alone, and takes an empty one', async () => {
    const io = await testIo();
    await writeFiles(io.cwd, { 'my-skill/notes.txt': 'mine' });
    expect(await io.aegis('init', 'my-skill')).toBe(2);
    expect(io.err()).toContain('my-skill is not empty (notes.txt), so nothing was written');
    expect(await readdir(join(io.cwd, 'my-skill'))).toEqual(['notes.txt']);
    await writeFiles(io.cwd, { 'a-file': '' });
    expect(await io.aegis('init', 'a-file')).toBe(2);
    expect(io.err()).toContain('a-file is a file');
  });

  it.each(['My Skill', '../up', 'a/b', '-x', 'x'.repeat(65)])(
    'refuses the name %s and writes nothing',
    async (name) => {
      const io = await testIo();
      expect(await io.aegis('init', '--', name)).toBe(2);
      expect(io.err()).toContain('cannot be used');
      expect(await readdir(io.cwd)).toEqual([]);
    },
  );
});
