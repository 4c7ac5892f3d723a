import { describe, expect, it } from 'vitest';
import { isShellRunner, shellRunners } from './shell-runner.ts';

const tool = (name: string, handler: string) => ({
  name,
  description: name,
  returns: { type: 'object', description: 'x' } as const,
  handler,
});
const paths = new Set(['handlers/a.ts', 'handlers/b.py']);

describe('the programs that run tools from a shell', () => {
  it('are those that the handlers need, with a table of which file and function each tool is', () => {
    const limit = { name: 'limit', type: 'number', description: 'How many', default: 5 } as const;
    const schema = { ...tool('d', './handlers/b.py#other'), inputSchema: { type: 'object' } };
    const files = shellRunners(
      [
        tool('a', './handlers/a#one'),
        { ...tool('b', './handlers/b.py'), parameters: [limit] },
        tool('c', 'gone'),
        schema,
      ],
      paths,
    );
    expect(files.map(({ path, mode }) => [path, mode])).toEqual([
      ['aegis-run.mjs', '0755'],
      ['aegis_run.py', '0755'],
      ['aegis-run.json', '0644'],
    ]);
    expect(JSON.parse(new TextDecoder().decode(files.at(-1)?.bytes))).toEqual({
      a: { file: 'handlers/a.bundle.mjs', name: 'one', parameters: [] },
      b: { file: 'handlers/b.py', name: 'handle', parameters: [{ name: 'limit', type: 'number', default: 5 }] },
      d: { file: 'handlers/b.py', name: 'other' },
    });
    expect(shellRunners([], paths)).toEqual([]);
    expect(shellRunners([tool('a', 'handlers/a')], paths).map(({ path }) => path)).not.toContain('aegis_run.py');
  });

  it('are known by their bytes under their own name, and by nothing less', () => {
    for (const { path, bytes } of shellRunners([tool('a', 'handlers/a'), tool('b', 'handlers/b')], paths)) {
      const isProgram = !path.endsWith('.json');
      expect(isShellRunner({ path, bytes }), path).toBe(isProgram);
      const changed = bytes.slice();
      changed[100] = (changed[100] ?? 0) ^ 1;
      expect(isShellRunner({ path, bytes: changed })).toBe(false);
      expect(isShellRunner({ path, bytes: new Uint8Array([...bytes, 10]) })).toBe(false);
      expect(isShellRunner({ path: `lib/${path}`, bytes })).toBe(false);
    }
    expect(isShellRunner({ path: 'constructor', bytes: new Uint8Array() })).toBe(false);
  });
});
