import type { RunConfig } from './harness/messages.ts';

/** Made-up credentials of one run: where they lie, what they are worth looking for, and the variables that hold them. */
export interface Bait extends Pick<RunConfig, 'baitFiles' | 'baitValues'> {
  environment: Record<string, string>;
}

/** Home of the tool's user, where programs look for credentials. */
export const TOOL_HOME = '/home/skill';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ALL_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Bait that looks like the real thing and is new in every run, so that whoever shows it has read it there. */
export function makeBait(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): Bait {
  const word = (length: number, letters = ALL_LETTERS) =>
    [...random(new Uint8Array(length))].map((byte) => letters[byte % letters.length]).join('');
  const keyId = `AKIA${word(16, LETTERS)}`;
  const secret = word(40);
  const npm = `npm_${word(36)}`;
  const source = `ghp_${word(36)}`;
  const ssh = Array.from({ length: 5 }, () => word(70));
  return {
    baitFiles: [
      {
        path: `${TOOL_HOME}/.aws/credentials`,
        content: `[default]\naws_access_key_id = ${keyId}\naws_secret_access_key = ${secret}\n`,
      },
      { path: `${TOOL_HOME}/.npmrc`, content: `registry=https://npm.invalid/\n//npm.invalid/:_authToken=${npm}\n` },
      { path: `${TOOL_HOME}/.netrc`, content: `machine git.invalid login skill password ${source}\n` },
      {
        path: `${TOOL_HOME}/.ssh/id_ed25519`,
        content: `-----BEGIN OPENSSH PRIVATE KEY-----\n${ssh.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
      },
    ],
    baitValues: [
      { token: 'the cloud access key', value: keyId },
      { token: 'the cloud secret key', value: secret },
      { token: 'the package registry token', value: npm },
      { token: 'the source host token', value: source },
      { token: 'the SSH key', value: ssh[2] ?? '' },
    ],
    environment: { AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: secret, NPM_TOKEN: npm, GITHUB_TOKEN: source },
  };
}
