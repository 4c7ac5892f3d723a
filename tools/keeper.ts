import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AegisError } from '@aegis/skill-sdk/errors';

const HERE = dirname(fileURLToPath(import.meta.url));
/** What a keeper says when it fails is for people to read. */
const SAID_CHARACTERS = 4000;

/** A program that runs beside us and ends, with everything that it started, as soon as we are gone. */
export interface Kept {
  /** What it said when it was ready: one line of JSON. */
  ready: string;
  stop: () => Promise<void>;
}

/** Starts a keeper of this folder and waits until it is ready. @throws AegisError USAGE with what it said instead */
export async function startKeeper(title: string, script: string, args: readonly string[]): Promise<Kept> {
  const keeper = spawn(process.execPath, [join(HERE, script), ...args], {
    // A group of its own, so that Ctrl-C reaches us alone and what is kept ends in order.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => keeper.on('exit', () => resolve()));
  let said = '';
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS);
  });
  const ready = await new Promise<string | null>((resolve) => {
    let text = '';
    keeper.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(text);
    });
    void ended.then(() => resolve(null));
  });
  if (ready === null) throw new AegisError('USAGE', { detail: `${title} did not start.\n${said.trim()}` });
  const stop = async () => {
    keeper.stdin.end();
    await ended;
  };
  return { ready, stop };
}
