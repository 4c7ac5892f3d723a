import type { SkillStatus } from '@aegis/skill-sdk/wire/skills';
import { describe, expect, test } from 'vitest';
import { planInstall, rollbackTarget } from './install.ts';

const candidate = (version: string, status: SkillStatus = 'approved') => ({
  id: `skv-${version}`,
  name: 'x',
  version,
  status,
});

describe('planInstall', () => {
  test('nothing there: an install of revision 1', () => {
    expect(planInstall(candidate('1.0.0'), null)).toEqual({
      action: 'install',
      revision: 1,
      versionId: 'skv-1.0.0',
      warning: null,
    });
  });
  test('a newer version is an upgrade, an older one a rollback', () => {
    const current = { revision: 4, versionId: 'skv-1.1.0', version: '1.1.0' };
    expect(planInstall(candidate('1.2.0'), current)).toMatchObject({ action: 'upgrade', revision: 5 });
    expect(planInstall(candidate('1.0.0'), current)).toMatchObject({ action: 'rollback', revision: 5 });
  });
  test('the same version again changes nothing', () => {
    expect(planInstall(candidate('1.0.0'), { revision: 1, versionId: 'skv-1.0.0', version: '1.0.0' })).toBeNull();
  });
  test('after an uninstall it is an install again', () => {
    expect(planInstall(candidate('1.0.0'), { revision: 2, versionId: null, version: null })).toMatchObject({
      action: 'install',
      revision: 3,
    });
  });
  test('a deprecated version is installed with a warning (A113)', () => {
    expect(planInstall(candidate('1.0.0', 'deprecated'), null)?.warning).toMatch(/deprecated/);
  });
  test.each<SkillStatus>(['pending_review', 'rejected', 'yanked', 'revoked'])(
    'a version that is %s cannot be installed (A113)',
    (status) => {
      expect(() => planInstall(candidate('1.0.0', status), null)).toThrow(
        expect.objectContaining({ code: 'NOT_INSTALLABLE' }),
      );
    },
  );
});

describe('rollbackTarget', () => {
  test('the newest earlier version that may still be installed', () => {
    const history = [
      candidate('1.3.0'),
      candidate('1.2.0', 'revoked'),
      candidate('1.1.0', 'deprecated'),
      candidate('1.0.0'),
    ];
    expect(rollbackTarget(history, 'skv-1.3.0')?.version).toBe('1.1.0');
  });
  test('none when there was only this one', () => {
    expect(rollbackTarget([candidate('1.0.0'), candidate('1.0.0')], 'skv-1.0.0')).toBeNull();
  });
});
