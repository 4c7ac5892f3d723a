import { describe, expect, it } from 'vitest';
import { GREETER, greeter } from '../../testing/test-io.ts';
import { checkSkill, requireSkill } from './check-skill.ts';

const INDEX = (tools: string) => `export const tools = ${tools};\n`;
const TOOL = (more: string) =>
  `[{ name: 'greet', parameters: [{ name: 'who', type: 'string', required: true }], handler: 'handlers/greet'${more} }]`;

describe('index.ts against manifest.yaml', () => {
  it.each([
    ['says the same', INDEX(TOOL('')), []],
    ['exports no tools', 'export const other = 1;', []],
    ['exports something else as tools', INDEX('7'), ['index.ts exports `tools` that is no array']],
    ['leaves a tool out', INDEX('[]'), ['the tool greet of manifest.yaml is not in index.ts']],
    [
      'has another export of the handler',
      INDEX(TOOL('').replace('/greet', '/greet#other')),
      ['the tool greet has handler "handlers/greet#other" in index.ts and "handlers/greet#default" in manifest.yaml'],
    ],
    [
      'has a schema instead',
      INDEX(`[{ name: 'greet', inputSchema: { type: 'object' }, handler: 'handlers/greet' }]`),
      [/parameters null in index\.ts/, /inputSchema \{"type":"object"\} in index\.ts and null/],
    ],
  ])('that %s', async (_what, text, wanted) => {
    const io = await greeter({ 'index.ts': text });
    const { manifest, errors } = await checkSkill('.', io.cwd);
    expect(errors.map(({ detail }) => detail)).toEqual(wanted.map((words) => expect.stringMatching(words)));
    expect(manifest === null).toBe(wanted.length > 0);
    expect(errors.every(({ file, line }) => file === 'index.ts' && line === 1)).toBe(true);
  });

  it('is not run when the manifest is wrong already', async () => {
    const io = await greeter({ 'manifest.yaml': 'name: x\n', 'index.ts': 'throw new Error("ran");' });
    const { errors } = await checkSkill('.', io.cwd);
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toContain('ran');
  });
});

describe('requireSkill', () => {
  it('hands over a sound skill, and throws every error of another', async () => {
    const io = await greeter();
    expect((await requireSkill('.', io.cwd)).manifest.name).toBe('greeter');
    const broken = await greeter({
      'manifest.yaml': (GREETER['manifest.yaml'] ?? '').replace('1.0.0', 'x').replace('greeter', 'G!'),
    });
    await expect(requireSkill('.', broken.cwd)).rejects.toMatchObject({ code: 'MANIFEST_INVALID', errors: [{}, {}] });
  });
});
