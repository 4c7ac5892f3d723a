import { parseArgs } from 'node:util';
import { outboundFetch } from '@aegis/skill-sdk/cli/outbound';
import { AegisError } from '@aegis/skill-sdk/errors';
import { createLog, type Log } from '@aegis/skill-sdk/log';
import { systemRefusal } from '@aegis/skill-sdk/system-errors';
import { readAdopted } from './adopted.ts';
import { newBootId, runAgent } from './app.ts';
import { createCollector, type Unnumbered } from './blocked/collect.ts';
import { handIn } from './blocked/inbox.ts';
import { logBlockedRequest } from './blocked/log-blocked-request.ts';
import { parseConfig, parseStateDir } from './config.ts';
import { enrol } from './enrol/enrol.ts';
import { rotateKey } from './enrol/rotate.ts';
import { runGateway } from './gateway-app.ts';
import { readIdentity } from './identity.ts';
import { runTool } from './local/run-tool.ts';
import { isHeld } from './lock.ts';
import { statePaths } from './paths.ts';
import { connectRegistry, requestEnrolment } from './registry.ts';
import { notReady, readStatus, spellStatus } from './status.ts';
import type { Sighting } from './target.ts';
import { agentVersion } from './version.ts';

const HELP = `aegis-agent ${agentVersion}: keeps a cluster at the desired state of its Aegis registry

  aegis-agent [run]                                  work until SIGTERM or SIGINT
  aegis-agent --role gateway                         the same beside HAProxy: decide, and record what was denied
  aegis-agent enrol --registry URL --token TOKEN     join a registry, then stop
  aegis-agent rotate-key                             replace the key of this cluster now (run does it by age)
  aegis-agent status [--json]                        what the agent of this state folder does
  aegis-agent dry-run PACKAGE [--tool NAME] [--input JSON] [--env NAME=VALUE] [--json]
                                                     run a tool in a sandbox and compare what it does with its manifest
  aegis-agent doctor [--json]                        prove the sandbox of this machine, or say what is missing
  aegis-agent uninstall [--keep-policies]            remove what agents have written to this cluster
  aegis-agent run-tool --tenant ID --agent NAME --skill NAME --tool NAME [--input JSON] [--workdir DIR] [--package FILE]
                                                     run a tool here, under what its agent may do

Configuration is read from the environment: AEGIS_REGISTRY, AEGIS_JOIN_TOKEN, AEGIS_STATE_DIR, AEGIS_TARGET,
AEGIS_MANIFESTS_DIR, AEGIS_HEALTH_PORT, AEGIS_CA_FILE, HTTPS_PROXY, NO_PROXY and more; README.md explains each.
`;

const clock = Date.now;

/** Aborted when this program is asked to end. */
function untilSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

/** One line per event on standard output; for commands whose output is a result, on standard error. */
function logTo(stream: NodeJS.WriteStream): Log {
  return createLog((line) => stream.write(`${line}\n`), clock);
}

async function runCommand(argv: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { role: { type: 'string', default: 'controller' } } });
  if (values.role !== 'controller' && values.role !== 'gateway') {
    throw new AegisError('USAGE', { detail: `--role wants controller or gateway, found ${values.role}.` });
  }
  const config = parseConfig(environment);
  const fetch = outboundFetch(environment);
  const run = values.role === 'gateway' ? runGateway : runAgent;
  await run({ config, signal: untilSignal(), log: logTo(process.stdout), fetch });
  return 0;
}

async function enrolCommand(argv: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { registry: { type: 'string' }, token: { type: 'string' } } });
  const config = parseConfig({
    ...environment,
    AEGIS_REGISTRY: values.registry ?? environment.AEGIS_REGISTRY,
    AEGIS_JOIN_TOKEN: values.token ?? environment.AEGIS_JOIN_TOKEN,
  });
  const { stateDir, registry, joinToken } = config;
  const fetch = outboundFetch(environment);
  const request: Parameters<typeof enrol>[0]['request'] = (body) => requestEnrolment({ url: registry, fetch }, body);
  const identity = await enrol({ paths: statePaths(stateDir), joinToken, bootId: newBootId(), agentVersion, request });
  process.stdout.write(
    `This is cluster ${identity.name} (${identity.clusterId}) of ${registry}. Its key is in ${stateDir}.\n`,
  );
  return 0;
}

async function rotateKeyCommand(argv: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  parseArgs({ args: argv, options: {} });
  const config = parseConfig(environment);
  const paths = statePaths(config.stateDir);
  const identity = await readIdentity(paths);
  if (identity === null) {
    throw new AegisError('NOT_FOUND', {
      detail: `No cluster has joined with ${config.stateDir}. See \`aegis-agent enrol\`.`,
    });
  }
  const { clusterId, name } = identity;
  const registry = connectRegistry({ url: config.registry, identity, clock, fetch: outboundFetch(environment) });
  const { key, previousUntil } = await rotateKey({ paths, clusterId, registry, clock });
  process.stdout.write(`Cluster ${name} has the key ${key.kid} now; the one before works until ${previousUntil}.\n`);
  return 0;
}

async function statusCommand(argv: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { json: { type: 'boolean', default: false } } });
  const paths = statePaths(parseStateDir(environment));
  const status = await readStatus(paths.status);
  if (status === null) {
    throw new AegisError('NOT_FOUND', {
      detail: `No agent has worked on ${paths.status} yet. Is AEGIS_STATE_DIR the one of the agent?`,
    });
  }
  const running = await isHeld(paths.lock);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ running, ...status }, null, 2)}\n`
      : spellStatus(status, { running, nowMs: clock() }),
  );
  return running && notReady(status).length === 0 ? 0 : 1;
}

async function uninstallCommand(argv: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { 'keep-policies': { type: 'boolean', default: false } } });
  const config = parseConfig(environment);
  const { connectKubernetes, loadKubeConfig } = await import('./targets/kubernetes/api.ts');
  const { uninstall } = await import('./targets/kubernetes/uninstall.ts');
  const keepPolicies = values['keep-policies'];
  const removed = await uninstall(connectKubernetes(loadKubeConfig(config.kubeConfig)), { ...config, keepPolicies });
  const kept = keepPolicies
    ? ` The NetworkPolicies in ${config.tenantsNamespace} stay, and close what they closed.`
    : '';
  process.stdout.write(`${removed} objects removed.${kept}\n`);
  return 0;
}

async function runToolCommand(argv: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: argv,
    options: { tenant: text, agent: text, skill: text, tool: text, input: text, workdir: text, package: text },
  });
  const {
    tenant: tenantId,
    agent,
    skill,
    tool,
    input = '{}',
    workdir = process.cwd(),
    package: packageFile = null,
  } = values;
  if (tenantId === undefined || agent === undefined || skill === undefined || tool === undefined) {
    throw new AegisError('USAGE', { detail: 'run-tool wants --tenant, --agent, --skill and --tool.' });
  }
  const config = parseConfig(environment);
  const paths = statePaths(config.stateDir);
  const identity = await readIdentity(paths);
  const adopted = identity === null ? null : await readAdopted(paths, identity);
  if (identity === null || adopted === null) {
    throw new AegisError('NOT_FOUND', {
      detail: `No agent has adopted a state in ${config.stateDir}. Start \`aegis-agent run\` on it first.`,
    });
  }
  const log = logTo(process.stderr);
  const fetch = outboundFetch(environment);
  const hand = createHandIn(paths.inbox);
  const run = await runTool({
    adopted,
    tenantId,
    agent,
    skill,
    tool,
    input: parseInput(input),
    packageFile,
    workFolder: workdir,
    packages: paths.packages,
    keys: identity.keys,
    download: (digest) => connectRegistry({ url: config.registry, identity, clock, fetch }).archive(digest),
    onDenied: ({ host, port, protocol, tool: sample, ...by }) =>
      logBlockedRequest(
        tenantId,
        { host, hostSource: 'context', port, protocol },
        { ...by, sample, source: 'context', src: { ip: '127.0.0.1' }, atMs: clock() },
        hand.record,
      ),
    fetch,
    environment,
    signal: untilSignal(),
    log,
  }).finally(() => hand.close());
  process.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
  return run.error === null ? 0 : 1;
}

/** Denials of this process on their way to the agent: counted together, the first of each at once. */
function createHandIn(inbox: string) {
  const collector = createCollector();
  const bootId = newBootId();
  let firstSeq = 1;
  let written: Promise<void> = Promise.resolve();
  const put = (events: Unnumbered[]) => {
    if (events.length === 0) return;
    const place = { bootId, firstSeq };
    firstSeq += events.length;
    written = written.then(() => handIn(inbox, place, events));
    // Told by close(); until then it must not count as unhandled.
    written.catch(() => undefined);
  };
  return {
    record: (sighting: Sighting) => put(collector.add(sighting)),
    async close(): Promise<void> {
      put(collector.drain());
      await written;
    },
  };
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

/** One command. Returns the exit code: 0 done, 1 not, 2 called in a wrong way. */
export async function main(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  // `--role` says how to run, so the command may be left out.
  const [command = 'run', ...rest] = argv[0] === '--role' ? ['run', ...argv] : argv;
  try {
    switch (command) {
      case 'run':
        return await runCommand(rest, environment);
      case 'enrol':
        return await enrolCommand(rest, environment);
      case 'rotate-key':
        return await rotateKeyCommand(rest, environment);
      case 'status':
        return await statusCommand(rest, environment);
      case 'uninstall':
        return await uninstallCommand(rest, environment);
      case 'run-tool':
        return await runToolCommand(rest, environment);
      // Loaded when asked for: the engine's client would make every other command wait.
      case 'dry-run':
        return await (await import('./dry-run/command.ts')).dryRunCommand(rest, environment, untilSignal());
      case 'doctor':
        return await (await import('./dry-run/command.ts')).doctorCommand(rest, environment, untilSignal());
      case '--version':
        process.stdout.write(`${agentVersion}\n`);
        return 0;
      case 'help':
      case '--help':
        process.stdout.write(HELP);
        return 0;
      default:
        throw new AegisError('USAGE', { detail: `${command} is no command. See \`aegis-agent --help\`.` });
    }
  } catch (error) {
    return explain(error);
  }
}

/** Says on standard error what went wrong, in a sentence; what nobody foresaw is thrown on, with its stack. */
function explain(error: unknown): number {
  if (!(error instanceof Error)) throw error;
  const isOption = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const refusal = systemRefusal(error);
  const isFile = refusal !== null || 'path' in error;
  if (!(error instanceof AegisError) && !isOption && !isFile) throw error;
  const advice = isFile ? ' Check AEGIS_STATE_DIR and AEGIS_MANIFESTS_DIR, and who may write there.' : '';
  process.stderr.write(`aegis-agent: ${refusal?.detail ?? error.message}${advice}\n`);
  if (error instanceof AegisError) {
    for (const { pointer, detail } of error.errors) process.stderr.write(`  ${pointer}: ${detail}\n`);
  }
  return isOption || (error instanceof AegisError && error.code === 'USAGE') ? 2 : 1;
}

// Sockets that are kept alive would hold the process for seconds after its work is done.
if (import.meta.main) process.exit(await main(process.argv.slice(2), process.env));
