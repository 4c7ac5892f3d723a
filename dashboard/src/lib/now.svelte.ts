import { browser } from '$app/environment';

const TICK_MS = 15_000;
let tickedAtMs = $state(0);

/** Epoch ms for "12 min ago": one clock for the whole page, which moves every 15 s. */
export function now(): number {
  return browser && tickedAtMs !== 0 ? tickedAtMs : Date.now();
}

/** Starts the page's clock; the returned function stops it. */
export function startClock(): () => void {
  tickedAtMs = Date.now();
  const timer = setInterval(() => {
    tickedAtMs = Date.now();
  }, TICK_MS);
  return () => clearInterval(timer);
}
