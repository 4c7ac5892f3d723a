import { expect, it } from 'vitest';
import { testIo, writeFiles } from '../../testing/test-io.ts';

it('writes findings, the flow, the score’s deductions and what was not inspected as tables', async () => {
  const io = await testIo();
  await writeFiles(io.cwd, {
    'skill/run.js':
      "import { execSync } from 'node:child_process';\nexport const run = (name) => execSync('ls ' + name);\neval(process.argv[2]);\n",
    'skill/blob.rb': 'puts 1\n',
  });
  expect(await io.aegis('scan', '--markdown', 'skill')).toBe(1);
  const out = io.out();
  expect(out).toMatch(/^## <code>skill<\/code>: (?:blocked|needs a review)\n\nScore \*\*\d+\*\* of 100, /);
  expect(out).toContain('| severity | where | what | what to do |');
  expect(out).toContain('<code>run.js&#58;3</code>');
  expect(out).toMatch(/\| −[\d.]+ \| <code>no-eval<\/code> \| \w+ \| 1 \| <code>run.js&#58;3<\/code> \|/);
});

it('takes nothing of a package for markup: no link, no picture, no mention, no end of a cell', async () => {
  const io = await testIo();
  await writeFiles(io.cwd, { 'a|b](https://x.example) <img> @all `x.js': 'eval(process.argv[2]);\n' });
  await io.aegis('scan', '--markdown', '.');
  const [row = ''] = io.out().match(/^\| (?:critical|high|medium|low).*$/m) ?? [];
  expect(row.split(' | ')).toHaveLength(4);
  expect(io.out()).not.toMatch(/\]\(|<img|@all|`/);
});
