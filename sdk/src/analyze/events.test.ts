import { expect, it } from 'vitest';
import { reportOn } from '../testing/rule-checks.ts';

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

it('a file of two tools belongs to neither', async () => {
  const files = {
    'handlers/a.ts': "export default async (p, c) => c.env('A');\nexport const b = async (p, c) => c.env('B');\n",
  };
  const report = await reportOn(files);
  expect(report.events.every(({ tool }) => tool === 'tool_0' || tool === undefined)).toBe(true);
});
