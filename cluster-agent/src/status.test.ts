import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { describe, expect, it } from 'vitest';
import { describeFailure, notReady, readStatus, spellStatus, writeStatus } from './status.ts';
import { NOW_MS } from './testing/documents.ts';
import { temporaryFolder } from './testing/folder.ts';
import { agentStatus } from './testing/status.ts';

const failure = { code: 'STATE_REJECTED', detail: 'It is older.', at: new Date(NOW_MS).toISOString() };
const [tenant] = agentStatus().tenants;
if (tenant === undefined) throw new Error('no tenant');

describe('the status', () => {
  it('is read as it was written, and none before the first agent', async () => {
    const path = join(await temporaryFolder(), 'status.json');
    expect(await readStatus(path)).toBeNull();
    await writeStatus(path, agentStatus());
    expect(await readStatus(path)).toEqual(agentStatus());
    await writeFile(path, '{}');
    expect(await readStatus(path)).toBeNull();
  });

  it.each<[what: string, more: Parameters<typeof agentStatus>[0], reasons: RegExp[]]>([
    ['all is well', {}, []],
    [
      'the registry cannot be reached, because a restart would not help',
      { sync: { lastContactAt: null, failures: 9, error: failure } },
      [],
    ],
    ['a tenant failed, because its acknowledgement says so', { tenants: [{ ...tenant, state: 'failed' }] }, []],
    ['nothing was adopted', { state: null, applied: false }, [/No desired state/]],
    ['something is not in effect', { applied: false }, [/Not everything/]],
    ['the newest state is refused', { rejected: failure }, [/It is older/]],
  ])('counts as ready or not when %s', (_, more, reasons) => {
    const found = notReady(agentStatus(more));
    expect(found).toHaveLength(reasons.length);
    for (const [index, reason] of reasons.entries()) expect(found[index]).toMatch(reason);
  });

  it('says in words who, where, since when, and never claims enforcement', () => {
    const text = spellStatus(agentStatus(), { running: true, nowMs: NOW_MS + 500 });
    expect(text).toContain('berlin (clu-');
    expect(text).toContain('1.17, adopted 1 s ago\n');
    expect(text).toContain('nothing proves that a folder is enforced');
    expect(text).toContain('hard revision 7 written');
    expect(text).toContain('3 to ship (1200 bytes), 2 requests lost and counted');
  });

  it('says what is wrong: not running, expired, rejected, away, closed', () => {
    const more = {
      rejected: failure,
      sync: { lastContactAt: null, failures: 4, error: { ...failure, detail: 'Cannot reach it.' } },
      tenants: [
        {
          ...tenant,
          state: 'failed' as const,
          mode: null,
          error: 'Not covered.',
          unsupported: ['db.example.com:5432 (crm 1.0.0)'],
        },
      ],
    };
    const text = spellStatus(agentStatus(more), { running: false, nowMs: NOW_MS + 5000 });
    for (const part of [
      'not running',
      'expired and still in force',
      'REJECTED  It is older.',
      '4 failures in a row: Cannot reach it.',
      'failed: Not covered.',
      'closed, needs the backend networkpolicy: db.example.com:5432',
    ]) {
      expect(text).toContain(part);
    }
    expect(spellStatus(agentStatus({ state: null }), { running: true, nowMs: NOW_MS })).toContain('none adopted yet');
  });

  it('keeps the code of an error of ours and calls every other one internal', () => {
    expect(describeFailure(new AegisError('NETWORK', { detail: 'Away.' }), NOW_MS)).toMatchObject({
      code: 'NETWORK',
      detail: 'Away.',
    });
    expect(describeFailure('text', NOW_MS)).toMatchObject({ code: 'INTERNAL', detail: 'text' });
  });
});
