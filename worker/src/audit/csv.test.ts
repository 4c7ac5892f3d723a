import type { AuditEvent } from '@aegis/skill-sdk/wire/audit';
import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';

const event = (name: string): AuditEvent => ({
  id: 'aud-1',
  tenantId: 'ten-1',
  schemaVersion: 1,
  action: 'agent:write',
  actor: { kind: 'user', id: 'usr-1', name },
  onBehalfOf: null,
  agentId: null,
  targetType: 'agent',
  targetId: 'agt-1',
  details: { note: 'a "quote", and\na line' },
  before: null,
  after: null,
  severity: 'info',
  outcome: 'success',
  ipAddress: null,
  userAgent: null,
  requestId: 'req-1',
  at: '2026-11-01T00:00:00.000Z',
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['=A,B', `"'=A,B"`],
  ['Ada', 'Ada'],
])('a name of %j is no formula in a spreadsheet (A214)', (name, cell) => {
  const [, row = ''] = toCsv([{ event: event(name), seq: 4, leaf: 'ab' }]).split('\r\n');
  expect(row).toContain(`,usr-1,${cell},,agent:write,`);
  expect(row).toMatch(/aud-1,4,ab$/);
});

test('quotes and lines are kept as RFC 4180 has it, with one header line', () => {
  const text = toCsv([{ event: event('Ada'), seq: null, leaf: null }]);
  expect(text.split('\r\n')).toHaveLength(3);
  expect(text).toContain(`"{""note"":""a \\""quote\\"", and\\na line""}"`);
});
