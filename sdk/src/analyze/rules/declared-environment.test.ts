import { testRule } from '../../../testing/rule-checks.ts';
import { declaredEnvironment } from './declared-environment.ts';

testRule(declaredEnvironment, {
  caught: [
    {
      of: 'a variable',
      files: 'export default () => process.env.GITHUB_TOKEN;\n',
      severity: 'high',
      says: 'GITHUB_TOKEN',
    },
    {
      of: 'a variable in brackets',
      files: "export default () => process.env['GITHUB' + '_TOKEN'];\n",
      says: 'GITHUB_TOKEN',
    },
    { of: 'a destructured variable', files: 'const { GITHUB_TOKEN: t } = process.env;\n', says: 'GITHUB_TOKEN' },
    {
      of: 'an imported environment',
      files: "import { env as e } from 'node:process';\nexport default () => e.GITHUB_TOKEN;\n",
      says: 'GITHUB_TOKEN',
    },
    { of: 'an alias', files: 'const e = process.env;\nexport default () => e.GITHUB_TOKEN;\n', says: 'GITHUB_TOKEN' },
    { of: 'the context', files: "export default async (p, { env }) => env('GITHUB_TOKEN');\n", says: 'GITHUB_TOKEN' },
    {
      of: 'the whole environment',
      files: 'console.log(JSON.stringify(process.env));\n',
      severity: 'high',
      says: 'whole',
    },
    { of: 'the whole environment, spread', files: 'export default () => ({ ...process.env });\n', says: 'whole' },
    { of: 'a rest of it', files: 'const { PATH, ...rest } = process.env;\n', says: 'whole' },
    {
      of: 'a name that is worked out',
      files: 'export default (p) => process.env[p.name];\n',
      severity: 'high',
      says: 'cannot be worked out',
    },
    { of: 'a harmless variable, as a note', files: 'export default () => process.env.NODE_ENV;\n', severity: 'info' },
  ],
  silent: [
    {
      of: 'declared variables',
      files: "export default async (p, c) => [process.env.SERVICE_KEY, c.env('STRIPE_KEY')];\n",
    },
    {
      of: 'an own object called env',
      files: 'const env = { GITHUB_TOKEN: 1 };\nexport default () => env.GITHUB_TOKEN;\n',
    },
    { of: 'a folder without a manifest', files: 'export default () => process.env.GITHUB_TOKEN;\n', permissions: null },
  ],
});
