import { testRule } from '../../../testing/rule-checks.ts';
import { noShellExec } from './no-shell-exec.ts';

const cp = "import cp from 'node:child_process';\n";
const shell = { shell: true };

/** A166. */
testRule(noShellExec, {
  caught: [
    {
      of: 'a fixed command where shell is declared',
      files: `${cp}cp.execFileSync('git', ['status'])\n`,
      severity: 'medium',
      permissions: shell,
      says: 'git status',
    },
    {
      of: 'a fixed command where it is not',
      files: `${cp}cp.execSync('git status')\n`,
      severity: 'high',
      says: 'shell: true',
    },
    { of: 'an unknown command', files: `${cp}cp.exec(command)\n`, severity: 'high', permissions: shell },
    {
      of: 'a parameter',
      files: `${cp}export default async (p) => cp.exec('ls ' + p.folder);\n`,
      severity: 'critical',
      permissions: shell,
      says: 'caller',
    },
    {
      of: 'a parameter for sh -c',
      files: `${cp}export default async (p) => cp.spawn('sh', ['-c', p.command]);\n`,
      severity: 'critical',
      permissions: shell,
    },
    {
      of: 'a parameter with shell: true',
      files: `${cp}export default async (p) => cp.spawn('ls', [p.folder], { shell: true });\n`,
      severity: 'critical',
      permissions: shell,
    },
    {
      of: 'a checked parameter, lower',
      files: `${cp}export default async ({ folder }) => { if (!/^[a-z]+$/.test(folder)) throw new Error('no'); return cp.exec('ls ' + folder); };\n`,
      severity: 'high',
      permissions: shell,
    },
    {
      of: 'an answer of the network',
      files: `${cp}fetch('https://api.declared.example').then((r) => r.text()).then((t) => cp.exec(t));\n`,
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a decoded command',
      files: `${cp}cp.exec(Buffer.from('bHM=', 'base64').toString())\n`,
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a promisified function',
      files: `${cp}import { promisify } from 'node:util';\nconst run = promisify(cp.exec);\nrun('ls');\n`,
      permissions: shell,
    },
    {
      of: 'a renamed import',
      files: "import { execSync as polite } from 'child_process';\npolite('ls');\n",
      permissions: shell,
    },
    { of: 'a module name in pieces', files: "require('child_' + 'process').exec('ls')\n", permissions: shell },
    { of: 'a computed method', files: `${cp}const how = 'ex' + 'ec';\ncp[how]('ls');\n`, permissions: shell },
    { of: 'an unknown method', files: `${cp}cp[how]('ls');\n`, permissions: shell },
    { of: 'process.mainModule', files: "process.mainModule.require('child_process').exec('ls')\n", permissions: shell },
    {
      of: 'getBuiltinModule',
      files: "process.getBuiltinModule('node:child_process').exec('ls')\n",
      permissions: shell,
    },
    {
      of: 'a namespace import in a namespace',
      files: "import * as c from 'node:child_process';\nnamespace A { export const x = c.execSync('id'); }\n",
      permissions: shell,
    },
    {
      of: 'execa and a template',
      files: `import { $ } from 'execa';\nawait $\`ls \${folder}\`;\n`,
      permissions: shell,
    },
    { of: 'with', files: { 'handlers/a.cjs': "with (require('child_process')) { exec('ls') }\n" }, permissions: shell },
    {
      of: 'a dynamic import',
      files: "const m = await import('node:' + 'child_process');\nm.execSync('ls');\n",
      permissions: shell,
    },
    {
      of: 'then of a dynamic import',
      files: "import('child_process').then(({ exec }) => exec('ls'));\n",
      permissions: shell,
    },
  ],
  silent: [
    {
      of: 'exec of a pattern',
      files: "export default (x) => /a/.exec(x);\nconst re = new RegExp('a');\nre.exec('b');\n",
    },
    { of: 'exec of a database', files: "import db from 'better-sqlite3';\ndb('x').exec('create table t (a)');\n" },
    { of: 'an own function called spawn', files: "const spawn = (x) => x;\nspawn('ls');\n" },
    { of: 'a fixed command without a manifest', files: `${cp}cp.execSync('git status')\n`, permissions: null },
  ],
});
