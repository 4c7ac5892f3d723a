import { expect, it } from 'vitest';
import { reportOn, testRule } from '../../../testing/rule-checks.ts';
import { noHardcodedSecrets } from './no-hardcoded-secrets.ts';

// Put together here, so that no scanner of this repository takes them for real.
const join = (...parts: string[]): string => parts.join('');
const STRIPE = join('sk_', 'live_', '51Hq8vKz2eXw0pTn7RbYc3Lm');
const AWS = join('AK', 'IA', 'Q6Z3WDMN7XKLPV2T');
/** With the checksum that GitHub gives its tokens. */
const GITHUB = join('gh', 'p_', 'mN3kQ8vR2xT7wZ1yB5cD9fG4hJ6lPs', '2EKh5d');
const PEM = `-----BEGIN ${'RSA PRIVATE'} KEY-----\n${'MIIEowIBAAKCAQEAz7Qk3vXw9LmT2pRn5YbVc8Jd\n'.repeat(4)}-----END RSA PRIVATE KEY-----\n`;

/** A149, A163. */
testRule(noHardcodedSecrets, {
  caught: [
    { of: 'a provider’s key in code', files: `const key = '${STRIPE}';\n`, severity: 'critical', says: 'Stripe' },
    {
      of: 'a key in pieces',
      files: `const key = ['sk', 'live', '${STRIPE.slice(8)}'].join('_');\n`,
      severity: 'critical',
    },
    { of: 'a key in YAML', files: { 'config.yaml': `aws: ${AWS}\n` }, severity: 'critical', says: 'AWS' },
    { of: 'a key in a file without a known language', files: { 'notes.cfg': `token ${AWS}\n` } },
    { of: 'a private key', files: { 'keys/id.pem': PEM }, severity: 'critical' },
    {
      of: 'a GitHub token with a wrong checksum, lower',
      files: `const key = '${GITHUB.slice(0, -1)}Z';\n`,
      severity: 'high',
      says: 'checksum',
    },
    { of: 'a key in a document, lower', files: { 'README.md': `Use ${STRIPE}\n` }, severity: 'high' },
    {
      of: 'a password in an address',
      files: `const db = 'postgres://app:R4nd0m-9fQz@db.internal.example/app';\n`,
      severity: 'high',
    },
    {
      of: 'a generic key with a telling name',
      files: "const apiKey = 'q8Zt3vXw9LmT2pRn5YbVc8Jd';\n",
      severity: 'medium',
    },
    { of: 'a password with a telling name', files: "const db = { password: 'Tr4vel!Lamp9' };\n", severity: 'medium' },
    {
      of: 'a line of an environment file',
      files: { '.env': 'SERVICE_TOKEN=q8Zt3vXw9LmT2pRn5YbVc8Jd\n' },
      severity: 'medium',
    },
    {
      of: 'a key of a test account, low',
      files: `const key = '${join('sk_', 'test_', '51Hq8vKz2eXw0pTn7RbYc3Lm')}';\n`,
      severity: 'low',
    },
    {
      of: 'a key without a mark under the name of its provider',
      files: { 'settings.yaml': 'datadog_token: 9se3md638v3w930nry2o34hlk7zo2zwgjamt00ds\n' },
      severity: 'medium',
      says: 'Datadog',
    },
    {
      of: 'a web token',
      files: `const t = '${join('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', '.eyJzdWIiOiI4MjY0MTkyIiwibmFtZSI6Ik1hIn0', '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P')}';\n`,
      severity: 'medium',
    },
    {
      of: 'a token in a header of a command',
      files: { 'README.md': 'curl -H "Authorization: Bearer jC6TUUjCNHcVtAXpcqBCgxnA8rqD6Mat" https://x.example\n' },
      severity: 'medium',
      says: 'bearer',
    },
  ],
  silent: [
    {
      of: 'a header with a variable or a stand-in',
      files: {
        'README.md': 'curl -H "Authorization: Bearer $TOKEN"\ncurl -H "Authorization: Bearer YOUR_ACCESS_TOKEN_HERE"\n',
      },
    },
    {
      of: 'what cannot be a key of whom the name says',
      files: { 'settings.yaml': 'datadog_site: datadoghq.example.com\ntelegram_token: "6189:Ac0mplu3ke4rqhddqy"\n' },
    },
    { of: 'names that say that it is none', files: "const invalidToken = 'q8Zt3vXw9LmT2pRn5YbVc8Jd';\n" },
    {
      of: 'placeholders',
      files:
        "const apiKey = 'your-api-key-here-1234';\nconst token = 'xxxxxxxxxxxxxxxxxxxxxxxx';\nconst secret = '<insert secret 1>';\n",
    },
    { of: 'an example key', files: "const key = 'AKIAIOSFODNN7EXAMPLE';\n" },
    { of: 'the environment', files: "const apiKey = process.env.SERVICE_KEY;\nconst name = 'SERVICE_KEY';\n" },
    {
      of: 'words behind a telling name',
      files:
        "const tokenType = 'bearer-authentication-v2';\nconst password = 'password';\nconst secretName = 'projects/p1/secrets/s2';\n",
    },
    {
      of: 'digests and ids',
      files: `const integrity = 'sha512-${'q8Zt3vXw9LmT2pRn5YbVc8Jd'.repeat(3)}';\nconst id = '8d3c1f2e-6a57-4b7f-9d21-0c2a6a3f5e11';\n`,
    },
  ],
});

it('a token with the right checksum is taken for real', async () => {
  const { findings } = await reportOn({ 'handlers/a.ts': `const key = '${GITHUB}';\n` });
  expect(findings.find(({ ruleId }) => ruleId === 'no-hardcoded-secrets')).toMatchObject({ severity: 'critical' });
});

it('no secret is shown in the report that names it', async () => {
  const report = await reportOn({
    'handlers/a.ts': `const key = '${STRIPE}'; fetch('https://x.example/?k=${STRIPE}');\nconst cut = ['sk', 'live', '${AWS}${AWS}'].join('_');\n`,
  });
  expect(report.findings.length).toBeGreaterThan(1);
  expect(JSON.stringify(report)).not.toContain(STRIPE.slice(8));
});
