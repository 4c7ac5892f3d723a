import { readdirSync } from 'node:fs';
import { readOrEmpty } from './sandbox-facts.ts';
import { say } from './say.ts';

/** Ids of the tool's living processes. */
function processesOfTool(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const status = readOrEmpty(`/proc/${name}/status`);
    return status.includes(`\nUid:\t${TOOL_USER}\t`) && !/\nState:\tZ/.test(status) ? [Number(name)] : [];
  });
}

export function endTool(): void {
  for (const pid of processesOfTool()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended while we looked.
    }
  }
}

/** Ends what outlives the tool, until the tracer has nothing left to watch. Returns how many there were. */
export async function endOrphans(tracerEnd: Promise<unknown>): Promise<number> {
  let orphans = 0;
  const isOver = await Promise.race([tracerEnd.then(() => true), later(ORPHAN_GRACE_MS)]);
  if (isOver) return 0;
  orphans = processesOfTool().length;
  for (let round = 0; round < 40; round++) {
    endTool();
    if (await Promise.race([tracerEnd.then(() => true), later(50)])) return orphans;
  }
  say({ kind: 'trouble', what: 'the tool’s processes could not all be ended' });
  process.kill(-1, 'SIGKILL');
  return orphans;
}

export function later(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

/** What a tool left running is ended this long after the tool itself. */
const ORPHAN_GRACE_MS = 500;

/** Owner of everything of the tool. */
export const TOOL_USER = 65_532;
