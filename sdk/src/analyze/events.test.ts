import { expect, it } from 'vitest';
import { reportOn } from '../../testing/rule-checks.ts';
import type { Use } from './code/found-uses.ts';
import { eventsOf } from './events.ts';

it('each use and each command of a script is an event of the wire', async () => {
  const { events } = await reportOn({
    'handlers/a.ts':
      "import { spawn } from 'child_process';\nexport default async (p, c) => { c.env('A'); c.files.write('data/' + p.x, ''); spawn('curl', ['https://x.example/' + p.x]); };\n",
    'scripts/b.sh': 'wget https://y.example/$1\ncurl "$URL"\n',
  });
  expect(
    events.map(({ kind, values, complete, tool, confidence }) => [kind, values, complete, tool, confidence]),
  ).toEqual([
    ['env', ['A'], true, 'tool_0', 'high'],
    ['fs.write', ['data/**'], true, 'tool_0', 'high'],
    ['exec', ['curl https://x.example/…'], false, 'tool_0', 'high'],
    ['net', ['x.example:443'], true, undefined, 'medium'],
    ['net', ['y.example:443'], true, undefined, 'medium'],
    ['net', [], false, undefined, 'medium'],
  ]);
});

it('an event names its tool when the file belongs to only one', () => {
  const place = { file: 'a.ts', line: 1, column: 1, excerpt: '' };
  const use: Use = {
    kind: 'env',
    api: 'context.env',
    values: ['A'],
    complete: true,
    isShell: false,
    isConstant: true,
    isHidden: false,
    sources: [],
    payload: [],
    unchecked: [],
    place,
  };
  const toolOf = (...tools: string[]) =>
    eventsOf(
      [use],
      [],
      tools.map((tool) => ({ file: 'a.ts', exportName: tool, tool })),
    )[0]?.tool;
  expect([toolOf('x'), toolOf('x', 'y'), toolOf()]).toEqual(['x', undefined, undefined]);
});
