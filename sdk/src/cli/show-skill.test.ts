import { describe, expect, it } from 'vitest';
import { decision, finished, signingRegistry } from '../../testing/signing-registry.ts';
import { GREETER } from '../../testing/test-io.ts';
import { pack } from '../archive.ts';
import { describeSkill, nextSteps } from './show-skill.ts';

const bare = (_style: string, text: string) => text;

async function skillWith(more: Parameters<Awaited<ReturnType<typeof signingRegistry>>['add']>[2]) {
  const archive = pack(
    Object.entries(GREETER).map(([path, content]) => ({
      path,
      bytes: new TextEncoder().encode(content),
      mode: '0644' as const,
    })),
  );
  return (await signingRegistry()).add(archive, more?.status ?? 'pending_review', more);
}

describe('what comes next for an author', () => {
  it.each([
    ['pending_review', null, 'The analysis is under way.'],
    ['pending_review', { ...finished('allow', 100), state: 'queued' as const }, 'The analysis is under way.'],
    ['pending_review', { ...finished('allow', 100), state: 'failed' as const }, 'The analysis failed'],
    ['pending_review', finished('allow', 100), 'Nothing to do: a reviewer decides.'],
    ['approved', finished('allow', 100), 'Install it: aegis install greeter@1.0.0'],
  ] as const)('with %s and report %j', async (status, report, words) => {
    expect(nextSteps(await skillWith({ status, report }), []).join()).toContain(words);
  });

  it('with a critical finding is a new version', async () => {
    const finding = {
      id: '1',
      ruleId: 'r',
      kind: 'k',
      severity: 'critical' as const,
      file: 'a',
      line: 1,
      column: 1,
      message: 'm',
      fix: '',
    };
    expect(nextSteps(await skillWith({ report: finished('block', 0) }), [finding]).join()).toContain(
      'publish with a higher version than 1.0.0',
    );
  });

  it('after a rejection is one sentence per reason, also for a reason of a newer registry', async () => {
    const skill = await skillWith({
      status: 'rejected',
      decisions: [decision('rejected', { reasonCodes: ['missing_tests', 'brand_new'] })],
    });
    expect(nextSteps(skill, [])).toEqual([
      'Cases are missing: add tests/<tool>.cases.yaml.',
      'brand_new',
      'Then publish it with a higher version than 1.0.0: a number is used once.',
    ]);
  });

  it('of a yanked version is its replacement, if there is one', async () => {
    expect(nextSteps(await skillWith({ status: 'yanked', decisions: [decision('yanked')] }), [])).toEqual([]);
    expect(
      nextSteps(await skillWith({ status: 'yanked', decisions: [decision('yanked', { replacement: 'x@2.0.0' })] }), []),
    ).toEqual(['Use x@2.0.0 instead.']);
  });
});

describe('a version in words', () => {
  it.each([
    ['approved', 'approved'],
    ['rejected', 'changes asked'],
    ['revoked', 'revoked: removed from every cluster'],
    ['yanked', 'yanked: no new installs'],
  ] as const)('%s', async (status, words) => {
    expect(describeSkill(await skillWith({ status, queuePosition: null }), [], bare).split('\n')[0]).toBe(
      `greeter 1.0.0  ${words}`,
    );
  });
});
