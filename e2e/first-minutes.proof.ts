// Proof: what somebody meets in the first minutes works as it is printed, and how long it takes.
// `npm run prove -- first-minutes [FOLDER OF AGENT SKILLS]`: from `git clone` by the tutorial and the three things of
// `npm start` to an installed skill, typed by a script that knows nothing else; real skills imported; 50 skills installed
// from a lock; killed at 20 moments; and what is refused. e2e/docs.test.ts and the tests of the sdk hold a small count.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importFolders } from './first-minutes/import.ts';
import { installFifty } from './first-minutes/installs.ts';
import { cloneAndStart } from './first-minutes/newcomer.ts';
import { refuseAll } from './first-minutes/refusals.ts';
import { typeThreeThings, typeTutorial } from './first-minutes/typing.ts';

const [skills] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'aegis-first-minutes-'));
const say = (line: string) => process.stdout.write(`${line}\n`);
const started = await cloneAndStart(folder, say);
try {
  await typeTutorial(started, say);
  await typeThreeThings(started, say);
  if (skills !== undefined && existsSync(skills)) await importFolders(started, skills, say);
  else say('- skills imported: left out, because no folder of Agent Skills was named');
  const fifty = await installFifty(started, say);
  await refuseAll(started, fifty, say);
} finally {
  await started.stop();
  rmSync(folder, { recursive: true, force: true });
}
