import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentsOf } from '../../../testing/installing.ts';
import { testIo, writeFiles } from '../../../testing/test-io.ts';
import { parseManifest } from '../../manifest.ts';
import { draftManifest } from './draft.ts';
import { readFrontMatter } from './front-matter.ts';

const skill = (name: string, body = '', more = '') =>
  `---\nname: ${name}\ndescription: What ${name} does, and when.\n${more}---\n\n# ${name}\n\n${body}`;
const bytes = (files: Record<string, string>) =>
  Object.entries(files).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text), mode: '0644' as const }));

/** A world with these files, after `aegis import` of a path in it. */
async function imported(files: Record<string, string>, ...argv: string[]) {
  const io = await testIo();
  await writeFiles(io.cwd, files);
  const code = await io.aegis('import', ...argv);
  const manifest = async (folder: string) => await readFile(join(io.cwd, folder, 'manifest.yaml'), 'utf8');
  return { io, code, manifest };
}

describe('aegis import', () => {
  it('drafts each permission with the line that asks for it; the result validates, scans clean and builds', async () => {
    const files = {
      'rates/SKILL.md': skill(
        'rates',
        'Ask for the rates:\n\n```bash\ncurl -H "Authorization: $RATES_KEY" https://api.rates.dev/v1/latest\n```\n',
      ),
      'rates/scripts/rates.js': [
        "import { readFile, writeFile } from 'node:fs/promises';",
        'const answer = await fetch("https://cdn.rates.dev:8443/table.json");',
        'const token = process.env.RATES_TOKEN;',
        "await writeFile('out/rates.json', JSON.stringify({ token, text: await answer.text() }));",
        "await readFile('data/old.json');",
      ].join('\n'),
    };
    const { io, code, manifest } = await imported(files, 'rates');
    expect(code, io.err()).toBe(0);
    const text = await manifest('rates');
    expect(text).toContain('    # SKILL.md:11\n    - host: "api.rates.dev"\n');
    expect(text).toContain('    # scripts/rates.js:2\n    - host: "cdn.rates.dev"\n      ports: [8443]\n');
    expect(text).toContain('      # scripts/rates.js:5\n      - "data/old.json"\n');
    expect(text).toContain('      # scripts/rates.js:4\n      - "out/rates.json"\n');
    expect(text).toContain('      # SKILL.md:11\n      - "RATES_KEY"\n');
    expect(text).toContain('      # scripts/rates.js:3\n      - "RATES_TOKEN"\n');
    expect(text).toContain('  shell: false');
    for (const command of ['validate', 'build']) expect(await io.aegis(command, 'rates'), io.err()).toBe(0);
    io.clear();
    await io.aegis('scan', 'rates', '--json');
    const { findings } = io.json()[0] as { findings: { ruleId: string }[] };
    expect(findings.filter(({ ruleId }) => ruleId.startsWith('declared-'))).toEqual([]);
  });

  it('says what it could not resolve, and never declares what nobody may', async () => {
    const code = [
      'const { execSync } = require("node:child_process");',
      'const fs = require("node:fs");',
      'await fetch(process.argv[2]);',
      'await fetch("http://10.0.0.7:9000/x");',
      'await fetch("http://localhost:3000/x"), await fetch("https://api.example.com/x");',
      'fs.readFileSync(process.env.HOME + "/.config/x");',
      'execSync("ls");',
      'console.log(process.env.NODE_OPTIONS, process.env.lower);',
    ];
    const { io, manifest } = await imported({ 's/SKILL.md': skill('s'), 's/a.js': code.join('\n') }, 's');
    const text = await manifest('s');
    expect(text).toMatch(/# {3}a\.js:3: reaches a host that is only known when it runs/);
    expect(text).toMatch(/a\.js:4: reaches 10\.0\.0\.7:9000, which cannot be declared/);
    expect(text).toMatch(/a\.js:5: reaches api\.example\.com:443, a name for examples: declare the host that is meant/);
    expect(text).toMatch(/a\.js:8: reads the variable NODE_OPTIONS, which cannot be declared/);
    expect(text).toContain('  # a.js:7\n  shell: true');
    expect(parseManifest(text).permissions).toMatchObject({ network: [], files: { read: [], write: [] } });
    expect(io.out()).toMatch(/to decide/);
  });

  it('takes what ClawHub skills say that they require', async () => {
    const metadata =
      'metadata: {"openclaw": {"requires": {"env": ["TRACK_KEY"], "bins": ["jq"]}}}\nversion: "1.2"\nlicense: MIT\n';
    const { manifest } = await imported({ 's/SKILL.md': skill('s', '', metadata) }, 's');
    const text = await manifest('s');
    expect(text).toContain('    required:\n      # SKILL.md:4\n      - "TRACK_KEY"');
    expect(parseManifest(text)).toMatchObject({ version: '1.2.0', license: 'MIT', permissions: { shell: true } });
  });

  it.each([
    ['a name that is none', '---\nname: My Skill!\ndescription: Words\n---\n\nBody\n', 'my-skill', 'Words'],
    [
      'a colon in the description',
      '---\nname: s\ndescription: Use when: always\ntags: [a]\n---\nBody\n',
      's',
      'Use when: always',
    ],
    ['no front matter', '# Title\n\nDoes a thing\nover lines.\n- Not this.\n', 'folder', 'Does a thing over lines.'],
    ['an empty description', '---\nname: s\ndescription:\n---\n\nDoes it.\n', 's', 'Does it.'],
    ['too long a description', `---\nname: s\ndescription: ${'x'.repeat(1100)}\n---\n`, 's', `${'x'.repeat(1023)}…`],
    ['nothing at all', '', 'folder', 'The skill folder'],
  ])('mends a SKILL.md with %s, keeps the rest, and says so', async (_what, text, name, description) => {
    const { io, code, manifest } = await imported({ 'Folder/SKILL.md': text }, 'Folder');
    expect(code, io.err()).toBe(0);
    expect(parseManifest(await manifest('Folder'))).toMatchObject({ name, description });
    const mended = await readFile(join(io.cwd, 'Folder/SKILL.md'), 'utf8');
    expect(readFrontMatter(mended)).toMatchObject({ name, description, isSound: true });
    if (text.includes('Body')) expect(mended).toContain('Body');
    expect(io.out()).toMatch(/SKILL\.md|description/);
    expect(await io.aegis('validate', 'Folder'), io.err()).toBe(0);
  });

  it('leaves a sound SKILL.md as it is, to the byte', async () => {
    const text = skill('s', 'Body', 'metadata:\n  a: "b"\n').replaceAll('\n', '\r\n');
    const { io } = await imported({ 's/SKILL.md': text }, 's');
    expect(await readFile(join(io.cwd, 's/SKILL.md'), 'utf8')).toBe(text);
  });

  it('takes forty folders at once; what cannot be imported is named and stops no other', async () => {
    const files: Record<string, string> = {};
    for (let at = 0; at < 40; at++) files[`all/skill-${at}/SKILL.md`] = skill(`skill-${at}`);
    files['all/has-one/SKILL.md'] = skill('has-one');
    files['all/has-one/manifest.yaml'] = 'mine';
    const io = await testIo();
    await writeFiles(io.cwd, files);
    await mkdir(join(io.cwd, 'all/linked'));
    await writeFiles(io.cwd, { 'all/linked/SKILL.md': skill('linked') });
    await symlink('/etc/passwd', join(io.cwd, 'all/linked/secret'));
    expect(await io.aegis('import', 'all')).toBe(1);
    expect(io.out()).toContain('✗ 40 of 42 skills imported');
    expect(io.err()).toContain('all/has-one: It has a manifest.yaml, which was left alone');
    expect(io.err()).toContain('all/linked: secret is a link');
    expect(await readFile(join(io.cwd, 'all/has-one/manifest.yaml'), 'utf8')).toBe('mine');
    expect(await io.aegis('import', 'all/has-one', '--force')).toBe(0);
    const contents = await contentsOf(join(io.cwd, 'all'));
    expect(Object.keys(contents).filter((path) => path.endsWith('manifest.yaml'))).toHaveLength(41);
  });

  it('--dry-run shows the draft and writes nothing; a path without a skill is refused before anything is written', async () => {
    const { io, code } = await imported({ 's/SKILL.md': skill('s') }, 's', '--dry-run');
    expect(code).toBe(0);
    expect(io.out()).toContain('name: "s"');
    expect(Object.keys(await contentsOf(io.cwd))).toEqual(['s/SKILL.md']);
    for (const path of ['nowhere', '.git']) {
      await mkdir(join(io.cwd, '.git'), { recursive: true });
      expect(await io.aegis('import', 's', path)).toBe(2);
    }
    expect(Object.keys(await contentsOf(io.cwd))).toEqual(['.git/', 's/SKILL.md']);
  });
});

describe('a draft', () => {
  it('holds whatever the front matter is: no text makes a manifest that does not validate', () => {
    for (const text of [
      '---\n---\n',
      '---\nname: [\n---\n',
      '---\nname: 5\ndescription: {a: b}\n---\n',
      '\uFEFF---\nname: a\n---',
      '---\nname: "\u202e"\ndescription: "\u200b x"\n---\n',
    ]) {
      const { manifest, errors } = draftManifest(bytes({ 'SKILL.md': text }), '☃');
      expect(errors, text).toEqual([]);
      expect(manifest?.name, text).toMatch(/^[a-z0-9-]+$/);
    }
  });
});
