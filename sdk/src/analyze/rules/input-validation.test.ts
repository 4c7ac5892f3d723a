import { testRule } from '../../../testing/rule-checks.ts';
import { inputValidation } from './input-validation.ts';

const fs = "import { readFile } from 'node:fs/promises';\nimport { exec, execFile } from 'node:child_process';\n";
const wild = { network: [{ host: '*.api.example', ports: [443], protocol: 'tls' as const }] };

/** A167. */
testRule(inputValidation, {
  caught: [
    {
      of: 'a path',
      files: `${fs}export default async (p) => readFile('notes/' + p.name);\n`,
      severity: 'medium',
      says: 'name',
    },
    {
      of: 'a renamed and destructured parameter',
      files: `${fs}export default async ({ name: n }) => { const x = n.trim(); return readFile(\`notes/\${x}\`); };\n`,
      says: 'name',
    },
    { of: 'a command', files: `${fs}export default async (p) => exec('ls ' + p.folder);\n`, severity: 'high' },
    {
      of: 'an argument of a program',
      files: `${fs}export default async (p) => execFile('git', ['log', p.branch]);\n`,
      severity: 'medium',
    },
    {
      of: 'the host of a request',
      files: `export default async (p, c) => c.fetch(\`https://\${p.region}.api.example/\`);\n`,
      permissions: wild,
      severity: 'medium',
      says: 'host',
    },
    {
      of: 'a query',
      files:
        'import db from \'pg\';\nexport default async (p) => db.query("select * from t where id = \'" + p.id + "\'");\n',
      severity: 'medium',
      says: 'query',
    },
    { of: 'eval', files: 'export default async (p) => eval(p.code);\n', severity: 'high' },
    {
      of: 'a check of something else',
      files: `${fs}export default async ({ name, mode }) => { if (mode !== 'fast') throw new Error('no'); return readFile('notes/' + name); };\n`,
      says: 'name',
    },
    {
      of: 'only a look whether it is there',
      files: `${fs}export default async ({ name }) => { if (!name || typeof name !== 'string' || name === '') throw new Error('no'); return readFile('notes/' + name); };\n`,
    },
    {
      of: 'a parameter that a helper uses',
      files: {
        'handlers/a.ts': "import { load } from '../lib/load.ts';\nexport default async (p) => load(p.name);\n",
        'lib/load.ts': `${fs}export const load = (name) => readFile('notes/' + name);\n`,
      },
      says: 'name',
    },
  ],
  silent: [
    {
      of: 'a pattern',
      files: `${fs}export default async ({ name }) => { if (!/^[a-z]+$/.test(name)) throw new Error('no'); return readFile('notes/' + name); };\n`,
    },
    {
      of: 'a list',
      files: `${fs}const ALLOWED = ['a', 'b'];\nexport default async ({ name }) => { if (!ALLOWED.includes(name)) throw new Error('no'); return readFile('notes/' + name); };\n`,
    },
    {
      of: 'a switch',
      files: `${fs}export default async ({ name }) => { switch (name) { case 'a': return readFile('notes/' + name); default: return null; } };\n`,
    },
    {
      of: 'a schema',
      files: `${fs}import { z } from 'zod';\nconst Name = z.string().regex(/^[a-z]+$/);\nexport default async (p) => readFile('notes/' + Name.parse(p.name));\n`,
    },
    {
      of: 'a function that checks',
      files: `${fs}function assertName(x) { if (x.includes('/')) throw new Error('no'); }\nexport default async ({ name }) => { assertName(name); return readFile('notes/' + name); };\n`,
    },
    {
      of: 'a check in a helper',
      files: {
        'handlers/a.ts': "import { load } from '../lib/load.ts';\nexport default async (p) => load(p.name);\n",
        'lib/load.ts': `${fs}export const load = (name) => { if (name.startsWith('.')) throw new Error('no'); return readFile('notes/' + name); };\n`,
      },
    },
    {
      of: 'a base name',
      files: `${fs}import { basename } from 'node:path';\nexport default async (p) => readFile('notes/' + basename(p.name));\n`,
    },
    { of: 'a number', files: `${fs}export default async (p) => readFile('notes/' + Number(p.id) + '.txt');\n` },
    {
      of: 'a bound query',
      files: "import db from 'pg';\nexport default async (p) => db.query('select * from t where id = $1', [p.id]);\n",
    },
    {
      of: 'a path behind the host',
      files: "export default async (p, c) => c.fetch('https://api.declared.example/' + p.id);\n",
    },
    {
      of: 'the files of the context, which refuse `..`',
      files: "export default async (p, c) => c.files.read('data/' + p.name);\n",
    },
    {
      of: 'text that only goes into a file',
      files: "export default async (p, c) => c.files.write('data/a.txt', p.text);\n",
    },
  ],
});
