import { testRule } from '../../../testing/rule-checks.ts';
import { cryptoMining } from './crypto-mining.ts';

testRule(cryptoMining, {
  caught: [
    { of: 'a script', files: { 'run.sh': './xmrig -o pool.example:3333 -u 48abc\n' }, severity: 'critical' },
    { of: 'an install script', files: { 'package.json': '{"scripts":{"postinstall":"./m --donate-level 1"}}' } },
  ],
  silent: [{ of: 'a word about it', files: { 'README.md': 'This tool finds xmrig on your machine.\n' } }],
});
