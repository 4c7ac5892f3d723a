import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { AegisError } from '@aegis/skill-sdk/errors';
import { buildTools } from '../tools/build.ts';
import { startEngine, whyNoEngine } from '../tools/engine.ts';
import { step } from './progress.ts';
import { untilStopped } from './until-stopped.ts';

// Everything behind the name of the command is a program that is given the engine, and ends it with itself.
const [program, ...args] = process.argv.slice(2);

await untilStopped(async ({ onEnd, signal }) => {
  const lacking = whyNoEngine();
  if (lacking.length > 0) throw new AegisError('USAGE', { detail: `${lacking.join('; ')}.` });
  const tell = program === undefined ? step : quietly;
  const tools = await buildTools(tell);
  const engine = await tell('Docker Engine with gVisor', () => startEngine(tools));
  onEnd(engine.stop);
  await tell('image of the sandbox', () => engine.load(tools.image));
  if (program === undefined) {
    process.stdout.write(`\nexport AEGIS_DOCKER_SOCKET=${engine.socket}\n\nStop with Ctrl-C.\n`);
    return 'running';
  }
  const env = { ...process.env, AEGIS_DOCKER_SOCKET: engine.socket };
  const child = spawn(program, args, { stdio: 'inherit', env, signal, killSignal: 'SIGTERM' });
  process.exitCode = await new Promise<number>((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`);
      resolve(127);
    });
    child.on('exit', (code, ended) => resolve(code ?? 128 + (ended === null ? 0 : constants.signals[ended])));
  });
  return 'ended';
});

/** What a program writes must not be mixed with our steps, unless they take long. */
async function quietly<T>(title: string, task: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => process.stderr.write(`${title} …\n`), 3000);
  return await task().finally(() => clearTimeout(timer));
}
