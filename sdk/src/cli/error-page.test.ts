import { expect, it } from 'vitest';
import { testIo } from '../../testing/test-io.ts';
import { AegisError } from '../errors.ts';
import { errorPage } from './error-page.ts';

const known = new AegisError('VERSION_EXISTS');

it('is that of the registry that the command meant: by option, by environment, by login', async () => {
  const io = await testIo({ env: { AEGIS_REGISTRY: 'https://two.example/aegis/' } });
  expect(await errorPage(known, ['publish', '--registry', 'one.example'], io)).toBe(
    'https://one.example/docs/errors/version-exists',
  );
  expect(await errorPage(known, ['publish', '--registry=http://localhost:8788'], io)).toBe(
    'http://localhost:8788/docs/errors/version-exists',
  );
  expect(await errorPage(known, ['publish'], io)).toBe('https://two.example/aegis/docs/errors/version-exists');
});

it('is none where no registry is known, none answers, or the address is none', async () => {
  const io = await testIo();
  expect(await errorPage(known, ['validate'], io)).toBeNull();
  expect(await errorPage(known, ['publish', '--registry', 'http://'], io)).toBeNull();
  expect(await errorPage(known, ['publish', '--registry'], io)).toBeNull();
  const there = await testIo({ env: { AEGIS_REGISTRY: 'https://two.example' } });
  for (const code of ['NETWORK', 'TIMEOUT', 'NOT_A_REGISTRY', 'USAGE'] as const)
    expect(await errorPage(new AegisError(code), [], there)).toBeNull();
  expect(await errorPage(new TypeError('x'), [], there)).toBeNull();
});
