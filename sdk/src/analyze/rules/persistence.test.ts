import { testRule } from '../../../testing/rule-checks.ts';
import { persistence } from './persistence.ts';

const hook = (source: string) => ({ 'package.json': '{"scripts":{"postinstall":"node a.js"}}', 'a.js': source });
const append = (path: string) =>
  `const fs = require('fs'), os = require('os');\nfs.appendFileSync(os.homedir() + '${path}', 'node /tmp/x.js &');\n`;

testRule(persistence, {
  caught: [
    {
      of: 'a key that may log in',
      files: { 'a.js': append('/.ssh/authorized_keys') },
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a shell profile from an install script',
      files: hook(append('/.bashrc')),
      severity: 'critical',
      permissions: null,
    },
    {
      of: 'a shell profile, lower when somebody asks for it',
      files: { 'a.js': append('/.zshrc') },
      severity: 'high',
      permissions: null,
    },
    { of: 'a launch agent', files: { 'a.js': append('/Library/LaunchAgents/x.plist') }, severity: 'high' },
    {
      of: 'a start-up folder below an unknown one',
      files: {
        'a.js':
          "require('fs').writeFileSync(process.env.APPDATA + '\\\\Microsoft\\\\Windows\\\\Start Menu\\\\Programs\\\\Startup\\\\a.vbs', '');\n",
      },
      severity: 'high',
    },
    {
      of: 'a job of cron',
      files: { 'a.js': "require('child_process').exec('(crontab -l; echo \"* * * * * node /tmp/x\") | crontab -');\n" },
      severity: 'high',
    },
    {
      of: 'a task of Windows',
      files: hook("require('child_process').exec('schtasks /create /sc minute /tn x /tr x.exe');\n"),
      severity: 'critical',
      permissions: null,
    },
  ],
  silent: [
    {
      of: 'reading a profile',
      files: { 'a.js': "require('fs').readFileSync(require('os').homedir() + '/.bashrc');\n" },
    },
    { of: 'its own settings', files: { 'a.py': 'open(".env", "w").write("A=1")\n' } },
    { of: 'listing jobs', files: { 'a.js': "require('child_process').exec('crontab -l');\n" } },
    { of: 'a file of its own', files: { 'a.js': append('/.cache/tool/profile.json') } },
  ],
});
