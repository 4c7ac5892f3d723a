import { describe, expect, it } from 'vitest';
import { BACKOFF_MS_MAX, backoffMs, createBell, every, pause } from './every.ts';

describe('back-off', () => {
  it.each([
    [1, 0, 500],
    [1, 1, 1000],
    [2, 1, 2000],
    [3, 0, 2000],
    [7, 1, 60_000],
    [1000, 1, 60_000],
    [0, 1, 1000],
  ])('after %i failures with the die at %d waits about %i ms', (failures, random, expected) => {
    expect(Math.round(backoffMs(failures, () => random) / 10) * 10).toBe(expected);
  });

  it('waits as long as the server asks, up to its own limit', () => {
    expect(backoffMs(1, () => 0, 5000)).toBe(5000);
    expect(backoffMs(1, () => 0, 3_600_000)).toBe(BACKOFF_MS_MAX);
  });
});

describe('every', () => {
  it('goes on after a task that throws, and ends with the signal', async () => {
    const stop = new AbortController();
    const errors: unknown[] = [];
    let runs = 0;
    await every({ seconds: 0, signal: stop.signal, onError: (error) => errors.push(error) }, async () => {
      runs++;
      if (runs === 3) stop.abort();
      throw new Error(`run ${runs}`);
    });
    expect(runs).toBe(3);
    expect(errors).toHaveLength(2);
  });

  it('never runs under a signal that is over', async () => {
    await every({ seconds: 0, signal: AbortSignal.abort(), onError: () => {} }, async () => expect.unreachable());
  });

  it('is left early when the signal aborts in a pause', async () => {
    const stop = new AbortController();
    const paused = pause(3_600_000, stop.signal);
    stop.abort();
    await paused;
    await pause(3_600_000, stop.signal);
  });
});

describe('a bell', () => {
  it('wakes who waits, and keeps one ring for who comes late', async () => {
    const bell = createBell();
    const never = new AbortController().signal;
    const waiting = bell.wait(3_600_000, never);
    bell.ring();
    await waiting;
    bell.ring();
    bell.ring();
    await bell.wait(3_600_000, never);
    await bell.wait(0, never);
  });

  it('lets go when the signal aborts', async () => {
    const stop = new AbortController();
    const waiting = createBell().wait(3_600_000, stop.signal);
    stop.abort();
    await waiting;
  });
});
