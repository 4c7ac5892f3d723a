import { testRule } from '../../../testing/rule-checks.ts';
import { installHook } from './install-hook.ts';

const hook = (command: string, name = 'postinstall') => ({
  'package.json': JSON.stringify({ name: 'a', scripts: { [name]: command } }),
});

testRule(installHook, {
  caught: [
    { of: 'inline code', files: hook("node -e 'x()'"), severity: 'high' },
    {
      of: 'a script that contacts somebody',
      files: { ...hook('node setup.js', 'preinstall'), 'setup.js': "require('http').get('http://in.example');\n" },
      severity: 'high',
      permissions: null,
    },
    {
      of: 'a script that loads one that does',
      files: {
        ...hook('node setup'),
        'setup.js': "require('./lib/a');\n",
        'lib/a.js': "require('child_process').exec('ls');\n",
      },
      severity: 'high',
      permissions: null,
    },
    {
      of: 'a script that does nothing of the kind, lower',
      files: { ...hook('node setup.js'), 'setup.js': 'console.log(1);\n' },
      severity: 'low',
      permissions: null,
    },
    { of: 'another program', files: hook('./configure'), severity: 'medium' },
  ],
  silent: [
    { of: 'what builds native add-ons', files: hook('node-gyp rebuild', 'install') },
    { of: 'git hooks', files: hook('husky install || true') },
    { of: 'scripts that people start', files: hook("node -e 'x()'", 'test') },
    { of: 'a package.json that is none', files: { 'package.json': '{"scripts": [1, 2' } },
  ],
});
