import { testRule } from '../../../testing/rule-checks.ts';
import { dynamicLoad } from './dynamic-load.ts';

testRule(dynamicLoad, {
  caught: [
    {
      of: 'an import from elsewhere',
      files: "import x from 'https://cdn.example/x.mjs';\nx();\n",
      severity: 'critical',
    },
    {
      of: 'one with a version, lower',
      files: "import x from 'https://cdn.example/x@1.2.3/x.mjs';\nx();\n",
      severity: 'high',
    },
    { of: 'a program in an address', files: "await import('data:text/javascript,x()');\n", severity: 'high' },
    {
      of: 'a module that the caller names',
      files: 'export default async (p) => import(p.module);\n',
      severity: 'high',
    },
    {
      of: 'a module that the network names',
      files: "const n = await (await fetch('https://api.declared.example')).text();\nawait import(n);\n",
      severity: 'critical',
    },
    { of: 'a decoded name', files: 'require(Buffer.from(x, "base64").toString());\n', severity: 'high' },
    {
      of: 'a name that is worked out',
      files: { 'lib/a.cjs': 'module.exports = (x) => require(x);\n' },
      severity: 'medium',
    },
    { of: 'the bindings of Node', files: "process.binding('spawn_sync');\n", severity: 'high' },
    {
      of: 'the same under another name',
      files: "const p = process;\np['_linked' + 'Binding']('fs');\n",
      severity: 'high',
    },
  ],
  silent: [
    { of: 'fixed names', files: "import fs from 'node:fs';\nawait import('./a.ts');\nrequire('zod');\n" },
    { of: 'one of a few fixed names', files: "const name = fast ? './a.ts' : './b.ts';\nawait import(name);\n" },
    {
      of: 'a name that is put together and known',
      files: "const kind = 'csv';\nawait import('./read-' + kind + '.ts');\n",
    },
  ],
});
