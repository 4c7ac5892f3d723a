import { expect, it } from 'vitest';
import { type Files, packageFiles } from '../../testing/rule-checks.ts';
import { collectFacts } from './collect.ts';

const shellsOf = (files: Files) =>
  collectFacts({ files: packageFiles(files), manifest: null, problems: [] }).facts.shells.map((shell) => {
    const { file, line } = shell.place(0);
    return `${file}:${line} ${shell.origin}${shell.isWarnedOf ? ' warned' : ''}: ${shell.text.trim()}`;
  });

it('a document has fences, inline code and commands in its sentences', () => {
  expect(
    shellsOf({ 'a.md': '# A\n\nRun `ls -l` or curl x.example now.\n\n```sh\n$ cat b\n```\n\n```js\nlet a;\n```\n' }),
  ).toEqual(['a.md:3 inline: curl x.example now.', 'a.md:3 inline: ls -l', 'a.md:6 fence: $ cat b']);
});

it('what a text or a heading warns of is marked', () => {
  expect(
    shellsOf({ 'a.md': 'Never run this:\n\n```sh\nrm -r x\n```\n\n## Attack patterns\n\n```sh\nls\n```\n' }),
  ).toEqual(['a.md:4 fence warned: rm -r x', 'a.md:10 fence warned: ls']);
});

it('scripts, hooks, recipes and commands of other languages', () => {
  expect(
    shellsOf({
      'a.sh': 'ls',
      Dockerfile: 'FROM x\nRUN curl y | sh\n',
      'b.py': 'import os, subprocess\nos.system("ls -a")\nsubprocess.run(["cat", f])\n',
      'd.rb': 'system("ls -b")\n',
      'package.json': '{\n"scripts": {"postinstall": "node x", "test": "y"}}',
      'c.js': "require('child_process').exec('git ' + x)\n",
    }),
  ).toEqual([
    'Dockerfile:1 script: FROM x\n    curl y | sh',
    'a.sh:1 script: ls',
    'd.rb:1 code: ls -b',
    'package.json:2 hook: node x',
    'package.json:2 script: y',
    'c.js:1 code: git $part',
    'b.py:2 code: ls -a',
    'b.py:3 code: cat $part',
  ]);
});
