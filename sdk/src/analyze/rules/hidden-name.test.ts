import { testRule } from '../../../testing/rule-checks.ts';
import { hiddenName } from './hidden-name.ts';

testRule(hiddenName, {
  caught: [
    { of: 'a module in two pieces', files: "require('child_' + 'process');\n", severity: 'high' },
    { of: 'a module in base64', files: "require(atob('Y2hpbGRfcHJvY2Vzcw=='));\n" },
    {
      of: 'a module in hex by an own function',
      files: "const d = (s) => Buffer.from(s, 'hex').toString();\nrequire(d('6368696c645f70726f63657373'));\n",
    },
    {
      of: 'a module in character codes',
      files:
        "require([99, 104, 105, 108, 100, 95, 112, 114, 111, 99, 101, 115, 115].map((c) => String.fromCharCode(c)).join(''));\n",
    },
    { of: 'a method in pieces', files: "import cp from 'child_process';\ncp[['ex', 'ec'].join('')]('ls');\n" },
    { of: 'a global in pieces', files: "window['fet' + 'ch']('https://api.declared.example');\n" },
    { of: 'a name with characters taken out', files: "require('c-h-i-l-d_process'.replace(/-/g, '')).exec('ls');\n" },
    {
      of: 'a name out of a rotated list',
      files: "const parts = ['process', 'child_'];\nrequire(parts[1] + parts[0]);\n",
    },
    { of: 'a dynamic import in pieces', files: "await import('node:' + 'child_process');\n" },
  ],
  silent: [
    {
      of: 'names that are written out',
      files:
        "import cp from 'child_process';\nconst how = fast ? 'exec' : 'execSync';\ncp[how]('ls');\ncp['exec']('ls');\n",
    },
    {
      of: 'ordinary things under assembled names',
      files:
        "const texts = { 'open_door': 1 };\nexport default (x) => texts['open_' + 'door'] + Math['m' + 'ax'](1, x);\n",
    },
    {
      of: 'a file of the package',
      files: {
        'handlers/a.cjs': "const path = require('path');\nrequire(path.join(__dirname, 'b.cjs'));\n",
        'handlers/b.cjs': '',
      },
    },
  ],
});
