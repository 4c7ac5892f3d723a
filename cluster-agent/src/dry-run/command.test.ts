import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { makeSkill } from '../testing/skill.ts';
import { doctorCommand, dryRunCommand } from './command.ts';

const { signal } = new AbortController();

describe('on a machine without an engine', () => {
  it('doctor says where it looked and what to do (C17)', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const code = await doctorCommand([], { AEGIS_DOCKER_SOCKET: '/run/absent.sock' }, signal);
    const text = written.mock.calls.map(([part]) => part).join('');
    written.mockRestore();
    expect(code).toBe(1);
    expect(text).toMatch(/No Docker Engine answers on \/run\/absent\.sock.*npm run engine/);
  });

  it.each([
    [['PACKAGE'], {}, { code: 'NO_SANDBOX', message: /No Docker Engine answers/ }],
    [[], {}, { code: 'USAGE', message: /one package/ }],
    [['PACKAGE', 'two'], {}, { code: 'USAGE', message: /one package/ }],
    [['PACKAGE/none'], {}, { code: 'USAGE', message: /There is no/ }],
    [['PACKAGE', '--input', '{'], {}, { code: 'USAGE', message: /--input wants JSON/ }],
    [['PACKAGE', '--env', 'NAME'], {}, { code: 'USAGE', message: /NAME=VALUE/ }],
    [['PACKAGE'], { AEGIS_ALLOW_UNSAFE_SANDBOX: 'yes' }, { code: 'USAGE', message: /the only value .* is dev/ }],
  ])('dry-run %j %j stops before anything was run', async (args, more, error) => {
    const folder = await temporaryFolder();
    const archive = join(folder, 'weather.tar.gz');
    await writeFile(archive, (await makeSkill()).bytes);
    const environment = { AEGIS_DOCKER_SOCKET: join(folder, 'absent.sock'), AEGIS_STATE_DIR: folder, ...more };
    const argv = args.map((word) => word.replace('PACKAGE', archive));
    await expect(dryRunCommand(argv, environment, signal)).rejects.toMatchObject({
      code: error.code,
      message: expect.stringMatching(error.message),
    });
  });
});
