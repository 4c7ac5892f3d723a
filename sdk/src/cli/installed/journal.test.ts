import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentsOf, greeterArchive, signedIn } from '../../../testing/installing.ts';
import { aegisEndedAt } from '../../../testing/real-aegis.ts';
import { temporaryFolder, testIo, writeFiles } from '../../../testing/test-io.ts';
import { commit, recover } from './journal.ts';

const MINUTE_MS = 60_000;
const MOMENTS = 20;

/** A folder with two skills in version 1, both of which have a version 2, and what it looks like before and after. */
async function twoSkills() {
  const { registry, io } = await signedIn();
  for (const name of ['one', 'two'])
    await registry.add(greeterArchive('1.0.0', { 'old.txt': 'old' }, name), 'approved');
  await io.aegis('install', 'one', 'two');
  for (const name of ['one', 'two'])
    await registry.add(greeterArchive('2.0.0', { 'new.txt': 'new' }, name), 'approved');
  return { registry, io, before: await contentsOf(io.cwd) };
}

describe('killed by SIGKILL', () => {
  it(
    `at any of ${MOMENTS} moments of an upgrade of two skills, the old state or the new one is there, never a mix`,
    async () => {
      const { io, before } = await twoSkills();
      const copies = await temporaryFolder();
      const live = join(copies, 'live');
      await cp(io.cwd, live, { recursive: true });
      const { changes, stderr } = await aegisEndedAt({ home: io.home, cwd: live, killAt: 0 }, 'upgrade');
      const after = await contentsOf(live);
      expect(after, stderr).toMatchObject({ 'skills/one/new.txt': 'new', 'skills/two/new.txt': 'new' });
      expect(changes).toBeGreaterThan(MOMENTS);
      const seen = { old: 0, new: 0 };
      for (let moment = 1; moment <= MOMENTS; moment++) {
        const cwd = join(copies, String(moment));
        await cp(io.cwd, cwd, { recursive: true });
        // The last ones are the moves themselves; each of them is tried.
        const killAt = changes - MOMENTS + moment;
        expect((await aegisEndedAt({ home: io.home, cwd, killAt }, 'upgrade')).signal).toBe('SIGKILL');
        const next = await testIo({ cwd });
        expect(await next.aegis('list'), `moment ${killAt} of ${changes}: ${next.out()}${next.err()}`).toBe(0);
        const state = await contentsOf(cwd);
        const isNew = state['skills/one/new.txt'] !== undefined;
        expect(state, `moment ${killAt} of ${changes}`).toEqual(isNew ? after : before);
        seen[isNew ? 'new' : 'old']++;
      }
      expect(seen.old).toBeGreaterThan(3);
      expect(seen.new).toBeGreaterThan(3);
    },
    3 * MINUTE_MS,
  );
});

/** A home with one staged move of the skill `one`, as a killed process leaves it. */
async function staged() {
  const home = await temporaryFolder();
  await writeFiles(home, {
    'skills/one/a.txt': 'old',
    'skills/.aegis-1-abcdef/new/one/a.txt': 'new',
    'aegis.lock': 'old lock',
  });
  const move = { dir: 'skills', name: 'one', stage: '.aegis-1-abcdef', fresh: true };
  return { place: { home, lockPath: join(home, 'aegis.lock') }, move, home };
}
const OLD = { 'skills/one/a.txt': 'old', 'aegis.lock': 'old lock' };
const NEW = { 'skills/one/a.txt': 'new', 'aegis.lock': 'new lock' };
/** A process that has ended for certain: ours, before it was restarted. */
const pid = process.pid;
const noWait = async () => {};

describe('the journal', () => {
  it('moves everything and leaves nothing else', async () => {
    const { place, move, home } = await staged();
    commit(place, { moves: [move], lock: 'new lock' });
    expect(await contentsOf(home)).toEqual(NEW);
  });

  it('puts everything back when a move fails', async () => {
    const { place, move, home } = await staged();
    const missing = { ...move, name: 'two' };
    expect(() => commit(place, { moves: [move, missing], lock: 'new lock' })).toThrow(/cannot be put in its place/);
    await rm(join(home, 'skills/.aegis-1-abcdef'), { recursive: true });
    expect(await contentsOf(home)).toEqual(OLD);
  });

  it('is ended by the next command, however far it came', async () => {
    const { place, move, home } = await staged();
    await writeFile(join(home, '.aegis-journal.json'), JSON.stringify({ v: 1, pid, moves: [move], lock: 'new lock' }));
    await recover(place, noWait);
    expect(await contentsOf(home)).toEqual(NEW);
    await recover(place, noWait);
    expect(await contentsOf(home)).toEqual(NEW);
  });

  it('that was torn was never begun', async () => {
    const { place, home } = await staged();
    await writeFile(join(home, '.aegis-journal.json'), '{"v":1,"pid"');
    await recover(place, noWait);
    await rm(join(home, 'skills/.aegis-1-abcdef'), { recursive: true });
    expect(await contentsOf(home)).toEqual(OLD);
  });

  it('of a living process is waited for, and keeps a second one out', async () => {
    const { place, move, home } = await staged();
    const alive = JSON.stringify({ v: 1, pid: process.ppid, moves: [move], lock: 'new lock' });
    await writeFile(join(home, '.aegis-journal.json'), alive);
    expect(() => commit(place, { moves: [], lock: null })).toThrow(/Another aegis is changing/);
    let waits = 0;
    await recover(place, async () => {
      // The other one comes to its end meanwhile.
      if (++waits === 3) await rm(join(home, '.aegis-journal.json'));
    });
    expect(waits).toBe(3);
    expect(await readdir(join(home, 'skills/one'))).toEqual(['a.txt']);
    expect((await contentsOf(home))['aegis.lock']).toBe('old lock');
  });

  it.each([{ dir: '../outside' }, { dir: '/etc' }, { name: '../one' }, { stage: 'one' }, { stage: '.aegis-x/../..' }])(
    'from a stranger that names %j moves nothing',
    async (foreign) => {
      const { place, move, home } = await staged();
      const journal = { v: 1, pid, moves: [{ ...move, ...foreign }], lock: 'new lock' };
      await writeFile(join(home, '.aegis-journal.json'), JSON.stringify(journal));
      await recover(place, noWait);
      expect((await contentsOf(home))['aegis.lock']).toBe('old lock');
      expect((await contentsOf(home))['skills/one/a.txt']).toBe('old');
    },
  );
});
