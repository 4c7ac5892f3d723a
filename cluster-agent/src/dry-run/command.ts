import { readFile, stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type PackageFile, unpack } from '@aegis/skill-sdk/archive';
import { buildSkill } from '@aegis/skill-sdk/cli/build-skill';
import { AegisError } from '@aegis/skill-sdk/errors';
import { parseStateDir } from '../config.ts';
import { readIdentity } from '../identity.ts';
import { statePaths } from '../paths.ts';
import { proveEngine } from './canary.ts';
import { dockerDriver } from './docker.ts';
import { dryRun } from './dry-run.ts';
import { loadPrograms } from './program.ts';
import { parseSandboxConfig } from './sandbox-config.ts';
import { showEngine, showResult } from './show.ts';
import { signDigest } from './sign.ts';

type Environment = Record<string, string | undefined>;

/** `aegis-agent dry-run PACKAGE`: exit 0 for the verdict `pass` in a real sandbox, else 1. */
export async function dryRunCommand(argv: string[], environment: Environment, signal: AbortSignal): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { tool: text, input: text, env: { ...text, multiple: true }, json: { type: 'boolean', default: false } },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) {
    throw new AegisError('USAGE', {
      detail: 'dry-run wants one package: an archive of `aegis build`, or the folder of a skill.',
    });
  }
  const input = values.input === undefined ? undefined : parseInput(values.input);
  const variables = (values.env ?? []).map(parseVariable);
  const files = await readPackage(path);
  const driver = dockerDriver(parseSandboxConfig(environment));
  await driver.find();
  await driver.reap();
  const programs = await loadPrograms();
  const identity = await readIdentity(statePaths(parseStateDir(environment)));
  // No evidence counts before the engine that gathers it has shown that it misses nothing.
  await proveEngine(driver, programs, signal);
  const result = await dryRun({
    files,
    tool: values.tool,
    input,
    environment: Object.fromEntries(variables),
    driver,
    programs,
    sign: identity === null ? null : (digest) => signDigest(digest, identity.key),
    signal,
  });
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : showResult(result));
  return result.verdict === 'pass' && !result.runtime.unsafe ? 0 : 1;
}

/** `aegis-agent doctor`: proves the engine of this machine, or says what is missing. */
export async function doctorCommand(argv: string[], environment: Environment, signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { json: { type: 'boolean', default: false } } });
  const driver = dockerDriver(parseSandboxConfig(environment));
  try {
    await driver.find();
    const proved = await proveEngine(driver, await loadPrograms(), signal);
    process.stdout.write(values.json ? `${JSON.stringify({ sandbox: proved }, null, 2)}\n` : showEngine(proved));
    return proved.runtime.unsafe ? 1 : 0;
  } catch (error) {
    if (!(error instanceof AegisError) || error.code !== 'NO_SANDBOX') throw error;
    const { code, message } = error;
    process.stdout.write(
      values.json ? `${JSON.stringify({ sandbox: null, code, message }, null, 2)}\n` : `✗ Sandbox: ${message}\n`,
    );
    return 1;
  }
}

async function readPackage(path: string): Promise<readonly PackageFile[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new AegisError('USAGE', {
      detail: `There is no ${path}. Wanted an archive of \`aegis build\`, or the folder of a skill.`,
      cause,
    });
  });
  return found.isDirectory() ? (await buildSkill(path, process.cwd())).files : unpack(await readFile(path));
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AegisError('USAGE', {
      detail: `--input wants JSON, such as '{"city":"Bern"}'; found ${text.slice(0, 100)}.`,
      cause,
    });
  }
}

function parseVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new AegisError('USAGE', { detail: `--env wants NAME=VALUE; found ${text.slice(0, 100)}.` });
}
