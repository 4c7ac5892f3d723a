import { DurableObject } from 'cloudflare:workers';
import { TRIES_WINDOW_MINUTES } from '@aegis/skill-sdk/limits';
import type { Spent } from '../../allowance.ts';
import type { Env } from '../../env.ts';
import { type SpendWindow, spendOne } from '../../spend-one.ts';
import { judgeTry } from './judge-try.ts';

const KEY = 'tries';
const WINDOW_KEY = 'window';

/** Counts the tries of one account or one address, or one allowance. One object each, so that no two tries are judged at once. */
export class TryCounter extends DurableObject<Env> {
  /** Counts one try; 0 when it may go on, else how many milliseconds to wait. */
  async take(nowMs: number): Promise<number> {
    const judged = judgeTry((await this.ctx.storage.get<number[]>(KEY)) ?? [], nowMs);
    if (!judged.allowed) return judged.waitMs;
    await this.ctx.storage.put(KEY, judged.triedAtMs);
    await this.ctx.storage.setAlarm(Date.now() + TRIES_WINDOW_MINUTES * 60_000);
    return 0;
  }

  /** The try of that moment was right: it does not count. `all`: neither do the ones before it. */
  async forgive(atMs: number, all: boolean): Promise<void> {
    const left = ((await this.ctx.storage.get<number[]>(KEY)) ?? []).filter((tried) => !all && tried !== atMs);
    if (left.length === 0) await this.ctx.storage.deleteAll();
    else await this.ctx.storage.put(KEY, left);
  }

  /** Takes one of an allowance. A count that is lost with the machine costs nobody anything, so nothing waits for the disk. */
  async spend(limit: number, windowMs: number, nowMs: number): Promise<Spent> {
    const { window, spent } = spendOne(await this.ctx.storage.get<SpendWindow>(WINDOW_KEY), { limit, windowMs }, nowMs);
    await this.ctx.storage.put(WINDOW_KEY, window, { allowUnconfirmed: true });
    if (window.used === 1) await this.ctx.storage.setAlarm(Date.now() + windowMs, { allowUnconfirmed: true });
    return spent;
  }

  /** What is older than the window means nothing, so nothing of it is kept. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
