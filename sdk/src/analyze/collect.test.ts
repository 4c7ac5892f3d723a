import { expect, it } from 'vitest';
import { type Files, manifestFor, packageFiles } from '../../testing/rule-checks.ts';
import { collectFacts } from './collect.ts';
import type { PackageFacts } from './facts.ts';

const factsOf = (files: Files, hasManifest = true): PackageFacts =>
  collectFacts({ files: packageFiles(files), manifest: hasManifest ? manifestFor(files) : null, problems: [] }).facts;

it('tools and install scripts reach what their files load', () => {
  const { reached } = factsOf({
    'handlers/a.ts': "import '../lib/b.js';\n",
    'lib/b.ts': "import('./c.mjs');\n",
    'lib/c.mjs': '',
    'package.json': '{"scripts":{"postinstall":"node ./tools/setup && echo done","test":"node test.js"}}',
    'tools/setup.cjs': "require('./more');\n",
    'tools/more/index.js': '',
    'test.js': '',
  });
  expect([...reached.byTools].sort()).toEqual(['handlers/a.ts', 'lib/b.ts', 'lib/c.mjs']);
  expect([...reached.byHooks].sort()).toEqual(['package.json', 'tools/more/index.js', 'tools/setup.cjs']);
});

it('without a manifest the entries of package.json count', () => {
  const { reached } = factsOf(
    {
      'package.json': '{"main":"lib/main","bin":{"x":"./bin/x.js"},"types":"a.d.ts"}',
      'lib/main.js': '',
      'bin/x.js': '',
      'a.d.ts': '',
    },
    false,
  );
  expect([...reached.byTools].sort()).toEqual(['bin/x.js', 'lib/main.js']);
});

it('nothing is left out silently', () => {
  const { unseen, binaries } = factsOf({
    'a.js': '}}}',
    'b.rb': 'x',
    'f.py': 'x = 1',
    'g.py': '}}} {{{ ;;; '.repeat(20),
    'c.bin': Uint8Array.of(0, 1, 2),
    'd.js': `//${'x'.repeat(2 * 1024 * 1024)}`,
    'e.ts': 'export default 1;\n',
  });
  expect(unseen.map(({ file, why, seen }) => [file, why, seen]).sort()).toEqual([
    ['a.js', 'unparsable', 'lexical'],
    ['b.rb', 'language', 'lexical'],
    ['c.bin', 'binary', 'nothing'],
    ['d.js', 'too-large', 'lexical'],
    ['g.py', 'unparsable', 'lexical'],
  ]);
  expect(binaries.map(({ file }) => file)).toEqual(['c.bin']);
});

it('of two files with one path, one is told to be unseen', () => {
  const files = [...packageFiles({ 'a.js': '1' }), ...packageFiles({ 'a.js': 'eval(x)' })];
  const { facts } = collectFacts({ files, manifest: null, problems: [] });
  expect(facts.unseen).toMatchObject([{ file: 'a.js', why: 'archive', seen: 'nothing' }]);
});

it('the code of a dependency is told apart in its folder and in a bundle', () => {
  const facts = factsOf({
    'node_modules/x/index.js': '',
    'handlers/a.ts': '',
    'handlers/a.bundle.mjs': '// node_modules/x/index.js\nx();\n\n// handlers/a.ts\ny();\n',
  });
  const at = (file: string, line: number) => facts.isDependency({ file, line, column: 1, excerpt: '' });
  expect([
    at('node_modules/x/index.js', 1),
    at('handlers/a.bundle.mjs', 2),
    at('handlers/a.bundle.mjs', 5),
    at('handlers/a.ts', 1),
  ]).toEqual([true, true, false, false]);
});

it('what does not parse still gives hints, of low confidence', () => {
  const { events } = factsOf({
    'a.js': "}}} fetch('https://x.example/'); require('child_process'); process.env.TOKEN\n",
  });
  expect(events.map(({ kind, values, complete, confidence }) => [kind, values, complete, confidence])).toEqual([
    ['net', ['x.example:443'], false, 'low'],
    ['exec', [], false, 'low'],
    ['env', ['TOKEN'], false, 'low'],
  ]);
});
