import { expect, it } from 'vitest';
import { parseStartOptions } from './start-options.ts';

it('defaults: port 8788, state in the checkout, with the demo', () => {
  const options = parseStartOptions([], '/somewhere');
  expect(options).toMatchObject({ port: 8788, demo: true, credentials: null, help: false });
  expect(options.stateDir).toMatch(/\.aegis\/state$/);
});

it('relative paths count from where npm was called', () => {
  const options = parseStartOptions(
    ['--port', '9000', '--state', 'here', '--no-demo', '--credentials', '/run/c.json'],
    '/somewhere',
  );
  expect(options).toMatchObject({ port: 9000, stateDir: '/somewhere/here', demo: false, credentials: '/run/c.json' });
});

it.each([['-1'], ['65536'], ['http'], ['80.5'], ['']])('--port %s is refused with what is wanted', (port) => {
  expect(() => parseStartOptions([`--port=${port}`])).toThrow(/wanted a number from 0 to 65535/);
});

it.each([[['--prot', '1']], [['extra']], [['--state']]])('%j is refused with the usage', (args) => {
  expect(() => parseStartOptions(args)).toThrow(/--credentials FILE/);
});
