import { expect, it } from 'vitest';
import { type Files, reportOn } from '../../testing/rule-checks.ts';
import type { Verification } from '../wire/reports.ts';

const verificationOf = async (files: Files): Promise<Verification | null> => (await reportOn(files)).verification;

it('what cannot be worked out is named by its place (A151-A154)', async () => {
  const verification = await verificationOf({
    'handlers/a.ts': '\nexport default async (p, c) => [c.fetch(p.a), c.files.read(p.b), c.env(p.c)];\n',
  });
  expect(verification).toMatchObject({
    valid: false,
    unresolvable: ['handlers/a.ts:2 env', 'handlers/a.ts:2 fs.read', 'handlers/a.ts:2 net'],
  });
});

it('a handler that cannot be read is not valid, a script in a language that is only scanned does not matter', async () => {
  expect(await verificationOf({ 'handlers/a.py': '}}} {{{ ;;; '.repeat(20) })).toMatchObject({
    valid: false,
    unresolvable: [expect.stringContaining('handlers/a.py')],
  });
  expect(await verificationOf({ 'handlers/a.py': 'def handle(p, c): pass\n', 'scripts/a.rb': 'x\n' })).toMatchObject({
    valid: true,
  });
});

it('hints out of files that do not parse are no proof of a call, but the file is', async () => {
  const verification = await verificationOf({ 'lib/a.js': "}}} fetch('https://x.example')\n" });
  expect(verification).toMatchObject({ valid: false, undeclaredNetworkCalls: [] });
});

it('harmless variables need no declaration', async () => {
  expect(await verificationOf({ 'handlers/a.ts': 'export default () => process.env.NODE_ENV;\n' })).toMatchObject({
    valid: true,
    undeclaredEnvironment: [],
  });
});
