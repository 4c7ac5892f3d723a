import { testRule } from '../../../testing/rule-checks.ts';
import { declaredFiles } from './declared-files.ts';

const fs = "import fs from 'node:fs';\nimport path from 'node:path';\nimport os from 'node:os';\n";

/** A153, A165. */
testRule(declaredFiles, {
  caught: [
    {
      of: 'an absolute path',
      files: `${fs}fs.readFileSync('/etc/passwd')\n`,
      severity: 'critical',
      says: '/etc/passwd is read',
    },
    {
      of: 'a path put together',
      files: `${fs}fs.readFileSync(path.join('/etc', 'pass' + 'wd'))\n`,
      says: '/etc/passwd',
    },
    { of: 'the home folder', files: `${fs}fs.readFileSync(os.homedir() + '/.ssh/id_rsa')\n`, says: '~/.ssh/id_rsa' },
    { of: 'HOME', files: `${fs}fs.readFileSync(\`\${process.env.HOME}/.npmrc\`)\n`, says: '~/.npmrc' },
    { of: 'a path that climbs out', files: `${fs}fs.readFileSync('data/../../secret.txt')\n`, says: '../secret.txt' },
    { of: 'a path that climbs out of the package', files: `${fs}fs.readFileSync(path.join(__dirname, '../../x'))\n` },
    {
      of: 'a write where only reading is declared',
      files: `${fs}fs.writeFileSync('notes/a.txt', '')\n`,
      severity: 'critical',
      says: 'written',
    },
    { of: 'promises', files: "import { readFile as get } from 'node:fs/promises';\nget('/etc/hosts')\n" },
    {
      of: 'promises of a destructured module',
      files: "const { promises: { readFile } } = require('fs');\nreadFile('/etc/hosts')\n",
    },
    { of: 'import equals', files: "import f = require('fs');\nf.readFileSync('/etc/hosts')\n" },
    {
      of: 'createRequire',
      files:
        "import { createRequire } from 'module';\ncreateRequire(import.meta.url)('fs').readFileSync('/etc/hosts')\n",
    },
    {
      of: 'a loop over names',
      files: `${fs}for (const name of ['/etc/hosts', 'data/a']) fs.readFileSync(name);\n`,
      says: '/etc/hosts',
    },
    { of: 'a copy', files: `${fs}fs.copyFileSync('data/a', '/tmp/b')\n`, says: '/tmp/b is written' },
    { of: 'opening for writing', files: `${fs}fs.openSync('notes/a', 'w')\n`, says: 'written' },
    {
      of: 'the files of the context',
      files: "export default async (p, c) => c.files.read('/etc/hosts');\n",
      severity: 'critical',
    },
    {
      of: 'a path from the caller, as unresolvable',
      files: 'export default async (p, c) => c.files.read(p.path);\n',
      severity: 'high',
      says: 'cannot be worked out',
    },
    {
      of: 'a decoded path',
      files: `${fs}fs.readFileSync(Buffer.from('2f6574632f686f737473', 'hex').toString())\n`,
      says: '/etc/hosts',
    },
    {
      of: 'a file below an opened folder',
      files: `${fs}fs.readFileSync('/proc/self/fd/' + fd + '/x')\n`,
      severity: 'high',
    },
  ],
  silent: [
    { of: 'declared paths', files: `${fs}fs.readFileSync('data/a.csv'); fs.writeFileSync('./data/b.csv', '');\n` },
    { of: 'an unknown name in a declared folder', files: `${fs}fs.readFileSync(path.join('data', name));\n` },
    {
      of: 'the package’s own files',
      files: `${fs}fs.readFileSync(path.join(__dirname, '..', 'table.json')); fs.readFileSync(new URL('./t.json', import.meta.url));\n`,
    },
    {
      of: 'an own file by its relative path',
      files: { 'handlers/a.ts': `${fs}fs.readFileSync('assets/t.json');\n`, 'assets/t.json': '{}' },
    },
    { of: 'a file descriptor', files: `${fs}const h = fs.openSync('data/a');\nfs.closeSync(h);\n` },
    { of: 'paths that are only written down', files: "export const NOTE = '/etc/passwd';\n" },
    {
      of: 'a module of its own called fs',
      files: {
        'handlers/a.ts': "import fs from './fs.ts';\nfs.readFileSync('/etc/passwd');\n",
        'handlers/fs.ts': 'export default { readFileSync: (x) => x };\n',
      },
    },
    { of: 'a folder without a manifest', files: `${fs}fs.readFileSync('/etc/hosts')\n`, permissions: null },
  ],
});
