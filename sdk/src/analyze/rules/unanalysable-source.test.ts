import { testRule } from '../../../testing/rule-checks.ts';
import { unanalysableSource } from './unanalysable-source.ts';

const broken = 'export default () => {{{;\n';

testRule(unanalysableSource, {
  caught: [
    { of: 'a broken handler', files: { 'handlers/a.ts': broken }, severity: 'critical', says: 'does not parse' },
    {
      of: 'a broken file that a handler loads',
      files: { 'handlers/a.ts': "import '../lib/b.ts';\n", 'lib/b.ts': broken },
      severity: 'critical',
    },
    {
      of: 'a broken bundle of a handler',
      files: { 'handlers/a.ts': 'export default () => 1;\n', 'handlers/a.bundle.mjs': broken },
      severity: 'critical',
    },
    {
      of: 'a broken file that an install script runs',
      files: { 'package.json': '{"scripts":{"postinstall":"node a.js"}}', 'a.js': broken },
      severity: 'critical',
      permissions: null,
    },
    { of: 'a broken file that nothing loads, lower', files: { 'lib/b.ts': broken }, severity: 'high' },
    {
      of: 'a broken declaration that something names, lower still',
      files: { 'lib/b.d.ts': 'export declare const;\n', 'lib/c.js': "export const types = './b.d.ts';\n" },
      severity: 'low',
    },
    {
      of: 'a broken declaration that an install script runs',
      files: { 'package.json': '{"scripts":{"postinstall":"node a.d.ts"}}', 'a.d.ts': broken },
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a file that is nested too deeply',
      files: { 'lib/b.js': `${'['.repeat(10_000)}${']'.repeat(10_000)}` },
      severity: 'high',
      says: 'nested',
    },
    {
      of: 'a file that is too large',
      files: { 'lib/b.js': `// ${'x'.repeat(2 * 1024 * 1024)}\n` },
      severity: 'high',
      says: 'larger',
    },
  ],
  silent: [
    {
      of: 'sloppy scripts',
      files: { 'lib/a.js': 'var package = 010;\nwith (x) { y }\ndelete package;\nvar await = 1;\n' },
    },
    {
      of: 'a first line for the system and a mark',
      files: {
        'lib/a.js': '\ufeff#!/usr/bin/env node\nreturn 1;\n',
        'lib/b.js': '#!/usr/bin/env node\nimport x from "y";\n',
      },
    },
    {
      of: 'JSX and types in JavaScript',
      files: { 'lib/a.js': 'export default () => <b>{x}</b>;\n', 'lib/b.js': 'const a: number = 1;\n' },
    },
    {
      of: 'modern syntax',
      files: {
        'lib/a.ts':
          'using x = y();\nclass A { accessor b = 1; @dec() c!: string; constructor(private d: number) {} }\nexport = A;\n',
      },
    },
  ],
});
