import { expect, test } from 'vitest';
import { seal, unseal } from './sealed.ts';

const SECRET = 'a-secret-for-tests-only-0123456789abcdef';

test('what is sealed opens for its owner, and is not readable (C39)', async () => {
  const sealed = await seal(SECRET, 'usr-a', 'JBSWY3DP');
  expect(sealed).not.toContain('JBSWY3DP');
  expect(await unseal(SECRET, 'usr-a', sealed)).toBe('JBSWY3DP');
  expect(await seal(SECRET, 'usr-a', 'JBSWY3DP')).not.toBe(sealed);
});

test('for another owner, under another secret or after a change it does not open', async () => {
  const sealed = await seal(SECRET, 'usr-a', 'JBSWY3DP');
  await expect(unseal(SECRET, 'usr-b', sealed)).rejects.toThrow();
  await expect(unseal(`${SECRET}x`, 'usr-a', sealed)).rejects.toThrow();
  const parts = sealed.split('.');
  parts[3] = `${parts[3]?.startsWith('A') ? 'B' : 'A'}${parts[3]?.slice(1)}`;
  await expect(unseal(SECRET, 'usr-a', parts.join('.'))).rejects.toThrow();
});
