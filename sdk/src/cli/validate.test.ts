import { describe, expect, it } from 'vitest';
import { GREETER, greeter, testIo } from '../../testing/test-io.ts';

const MANIFEST = GREETER['manifest.yaml'] ?? '';
const INDEX = (handler: string, more = '') => `import { defineTool } from '@aegis/skill-sdk';
export const tools = [
  defineTool({
    name: 'greet',
    description: 'Says hello',
    parameters: [{ name: 'who', type: 'string', description: 'Whom to greet', required: true }],
    returns: { type: 'object', description: 'The greeting' },
    handler: '${handler}',
  }),${more}
];
`;

describe('aegis validate (A16, A17, A55)', () => {
  it('prints ✓ Manifest valid for a sound skill, and exits 0', async () => {
    const io = await greeter();
    expect(await io.aegis('validate')).toBe(0);
    expect(io.out()).toContain('✓ Manifest valid');
    expect(io.out()).toContain('greeter 1.0.0, 1 tool, 3 files');
    expect(io.err()).toBe('');
  });

  it('prints ✗ Errors found with file:line:column, frame and fix for each error at once, and exits 1', async () => {
    const io = await greeter({
      'manifest.yaml': MANIFEST.replace('version: 1.0.0', 'version: one')
        .replace('type: string', 'type: text')
        .replace('description: Says hello\nlimits', 'descripton: Says hello\nlimits'),
    });
    expect(await io.aegis('validate')).toBe(1);
    expect(io.out()).toContain('✗ Errors found');
    expect(io.out()).toMatch(/manifest\.yaml:2:\d+ {2}\/version/);
    expect(io.out()).toMatch(/> +2 \| version: one\n/);
    expect(io.out()).toMatch(/\| +\^/);
    expect(io.out()).toMatch(/fix: /);
    expect(io.out()).toMatch(/manifest\.yaml:10:\d+ .*\/type/);
    expect(io.out()).toContain('descripton');
    expect(io.out()).toMatch(/\n[3-9] errors\n$/);
  });

  it('gives the same to a program', async () => {
    const io = await greeter({ 'manifest.yaml': MANIFEST.replace('./handlers/greet', './handlers/missing') });
    expect(await io.aegis('validate', '--json')).toBe(1);
    const [line] = io.json();
    expect(line).toMatchObject({ valid: false, name: null });
    expect(line?.errors).toMatchObject([{ pointer: '/tools/0/handler', line: 12 }]);
  });

  it('refuses an index.ts that says something else than the manifest, with its place', async () => {
    const io = await greeter({ 'index.ts': INDEX('./handlers/other', `\n  { name: 'extra' },`) });
    expect(await io.aegis('validate')).toBe(1);
    expect(io.out()).toMatch(
      /index\.ts:4:11 {2}\/tools\/0\/handler\n {4}the tool greet has handler "handlers\/other#default" in index\.ts and "handlers\/greet#default" in manifest\.yaml/,
    );
    expect(io.out()).toContain('the tool extra of index.ts is not in manifest.yaml');
    expect(io.out()).toContain('make index.ts agree with manifest.yaml, which is the truth');
  });

  it('accepts an index.ts that says the same, with or without extension', async () => {
    for (const handler of ['./handlers/greet', 'handlers/greet.js', './handlers/greet#default']) {
      const io = await greeter({ 'index.ts': INDEX(handler) });
      expect(await io.aegis('validate'), io.out()).toBe(0);
    }
  });

  it('names parameters that differ, and an index.ts that cannot run', async () => {
    const other = await greeter({ 'index.ts': INDEX('./handlers/greet').replace("type: 'string'", "type: 'number'") });
    expect(await other.aegis('validate')).toBe(1);
    expect(other.out()).toMatch(
      /parameters .*"type":"number".* in index\.ts and .*"type":"string".* in manifest\.yaml/,
    );
    const broken = await greeter({ 'index.ts': 'throw new Error("no");\nexport const tools = [];' });
    expect(await broken.aegis('validate')).toBe(1);
    expect(broken.out()).toMatch(/index\.ts could not be run: .*no/);
    const unreadable = await greeter({ 'index.ts': 'export const tools = [' });
    expect(await unreadable.aegis('validate')).toBe(1);
    expect(unreadable.out()).toMatch(/index\.ts:1:\d+/);
  });

  it('exits 2 where there is no skill', async () => {
    const io = await testIo();
    expect(await io.aegis('validate')).toBe(2);
    expect(io.err()).toContain('has no manifest.yaml');
    expect(await io.aegis('validate', 'nowhere')).toBe(2);
    expect(io.err()).toContain('nowhere does not exist');
  });
});
