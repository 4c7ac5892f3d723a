import type { DryRunCase } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { CapabilityEvent } from '@aegis/skill-sdk/wire/reports';
import { expect, it } from 'vitest';
import { compareThree } from './three-way.ts';

const event = (
  source: CapabilityEvent['source'],
  kind: CapabilityEvent['kind'],
  value: string,
  complete = true,
): CapabilityEvent => ({ source, kind, values: [value], complete, confidence: 'high' });
const ran = (events: CapabilityEvent[], undeclared: CapabilityEvent[], unused: string[]): DryRunCase =>
  ({
    tool: 'a',
    case: null,
    missing: null,
    result: { events, comparison: { undeclared, unpredicted: [], unused } },
  }) as unknown as DryRunCase;
const permissions = {
  network: [{ host: 'api.example', ports: [443], protocol: 'tls' as const }],
  files: { read: [], write: [] },
  environment: { required: [], optional: [] },
  shell: false,
};

it('says of each capability who knows of it, what breaks the manifest first (A160)', () => {
  const evil = event('observed', 'net', 'evil.example:443');
  const known = event('observed', 'net', 'api.example:443');
  const lookup = event('observed', 'net', 'api.example:53');
  const own = event('observed', 'fs.read', 'a.mjs');
  const code = [event('static', 'net', 'api.example:443'), event('static', 'net', 'hidden.example:443')];
  const cases = [
    ran([known, lookup, own, evil], [evil], ['files.read data/**', 'shell']),
    ran([], [], ['files.read data/**', 'network api.example:443']),
  ];
  const rows = compareThree(permissions, ['a.mjs'], code, cases);
  expect(rows.map(({ value, declared, inCode, seen }) => [value, declared, inCode, seen])).toEqual([
    ['evil.example:443', false, 'no', true],
    ['hidden.example:443', false, 'yes', false],
    ['api.example:443', true, 'yes', true],
    ['data/**', true, 'no', false],
  ]);
});

it('says maybe where the analysis could not work out what there is', () => {
  const code = [{ ...event('static', 'net', 'x', false), values: [] }];
  const evil = event('observed', 'net', 'evil.example:443');
  expect(compareThree(permissions, [], code, [ran([evil], [evil], [])])).toMatchObject([{ inCode: 'maybe' }]);
});

it('has nothing to say of a run that did nothing, and of none', () => {
  expect(compareThree(permissions, [], [], [ran([], [], [])])).toEqual([]);
  expect(compareThree(permissions, [], [], [])).toEqual([]);
});
