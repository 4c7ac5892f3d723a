import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Client } from '../client.ts';
import { AegisError } from '../errors.ts';
import type { Skill } from '../wire/skills.ts';
import { buildSkill } from './build-skill.ts';
import { connectAsJob, isCiJob } from './ci-job.ts';
import { defineCommand, type Run } from './command.ts';
import { type ReadPackage, readPackage, readPackageFile } from './package-check.ts';
import { chooseTenant, nonEmpty, openRegistry, registryOptions, registryUrl } from './registry.ts';
import { countFindings, showFindings } from './show-findings.ts';
import { describeSkill } from './show-skill.ts';
import { findingsOf } from './status.ts';
import { size } from './terminal.ts';

const TIMEOUT_SECONDS = 600;
/** How often the registry is asked: soon at first, then seldom. */
const POLL_FIRST_MS = 500;
const POLL_MAX_MS = 5000;

const options = {
  wait: { type: 'boolean', text: 'Wait until the registry has analysed it' },
  'wait-review': { type: 'boolean', text: 'Wait until a reviewer has decided' },
  timeout: { type: 'string', value: 'SECONDS', text: `How long to wait (default: ${TIMEOUT_SECONDS})` },
  'dry-run': { type: 'boolean', text: 'Do every check of the registry here, send nothing' },
  ...registryOptions,
} as const;
type PublishRun = Run<typeof options>;

/** `aegis publish [DIR|TARBALL]` (A20-A22, A57). */
export const publish = defineCommand({
  usage: 'publish [DIR|TARBALL]',
  summary: 'Send a skill to the private registry of your tenant, for review',
  about:
    'A folder is built first. The same bytes may be sent again; other bytes need a new version.\nWithout --wait it ends as soon as the registry has the package, which then is pending review.\nIn a CI job that may show an OIDC token it publishes as that job, which a tenant must trust; AEGIS_TOKEN comes first.',
  arguments: { min: 0, max: 1 },
  options,
  examples: [
    ['aegis publish --dry-run', 'What would the registry say?'],
    ['aegis publish --wait', 'Publish, and show what the analysis found'],
    [
      'aegis publish dist/crm-export-1.2.0.tar.gz --wait-review --timeout 3600',
      'Publish a built package, and wait for the reviewer',
    ],
  ],
  exitCodes: [
    [0, 'published (pending review); with --wait analysed and not blocked, or approved'],
    [1, 'problems were found, the analysis blocks the approval, or the registry refused'],
    [5, 'with --wait: rejected, or changes were asked for'],
    [6, 'with --wait: still pending when the time was over'],
  ],
  async run(run) {
    const found = await readOrBuild(run, run.rest[0] ?? '.');
    if (run.values['dry-run'] === true) return dryRun(run, found);
    const timeoutMs = readTimeout(run.values.timeout);
    const { url, client, tenantId } = await connectTo(run, found.manifest.name);
    const uploaded = await upload(run, client, found, tenantId);
    const { name, version } = uploaded;
    run.print(
      `${run.paint('green', '✓')} ${name} ${version} is at ${url}, ${uploaded.status === 'pending_review' ? 'pending review' : uploaded.status}`,
    );
    if (run.values.wait !== true && run.values['wait-review'] !== true) {
      run.result({ ...uploaded, archiveDigest: found.archiveDigest, contentDigest: found.contentDigest });
      run.print('  Where it stands: aegis status');
      return 0;
    }
    return waitFor(run, client, uploaded.id, timeoutMs);
  },
});

/** Where to publish, and as whom: a key that is named, else the CI job that this is, else the stored key. */
async function connectTo(run: PublishRun, skill: string) {
  const { io, values, warn } = run;
  if (nonEmpty(io.env.AEGIS_TOKEN) === undefined && isCiJob(io)) {
    const url = await registryUrl(io, values.registry);
    // Said aloud: which credential published must never be a guess.
    warn(`Publishing ${skill} as this CI job, by its OIDC token.`);
    return { url, ...(await connectAsJob(io, url, skill, warn)) };
  }
  const { url, client } = await openRegistry(io, values.registry, warn);
  return { url, client, tenantId: await chooseTenant(client, values.tenant, 'skill:publish') };
}

async function readOrBuild(run: PublishRun, path: string): Promise<ReadPackage> {
  const target = resolve(run.io.cwd, path);
  if ((await stat(target)).isDirectory()) {
    const line = run.progress();
    line.update('Building …');
    const built = await buildSkill(target, run.io.cwd).finally(() => line.done());
    run.print(`Built ${built.manifest.name} ${built.manifest.version}, ${size(built.archive.length)}`);
    // The package is read back as the registry reads it.
    return readPackage(built.archive);
  }
  return await readPackageFile(target);
}

async function dryRun({ print, paint, result }: PublishRun, found: ReadPackage): Promise<number> {
  const { manifest, files, archiveDigest, contentDigest } = found;
  // Loaded only here: the analyzer is most of the program.
  const { analyze } = await import('../analyze/analyze.ts');
  const report = await analyze({ files, manifest });
  const allowed = report.decision !== 'block';
  result({
    dryRun: true,
    allowed,
    name: manifest.name,
    version: manifest.version,
    archiveDigest,
    contentDigest,
    report,
  });
  print(`${paint('green', '✓')} package and manifest are valid`);
  print(`  archive  ${archiveDigest}\n  content  ${contentDigest}`);
  if (report.findings.length > 0) print(`\n${showFindings(report.findings, paint)}\n`);
  const verdict = allowed ? paint('green', '✓') : paint('red', '✗');
  print(`${verdict} analysis: ${report.decision}, score ${report.score} of 100, ${countFindings(report.findings)}`);
  print(allowed ? '  Nothing was sent.' : '  Nothing was sent. Critical findings would block the approval.');
  return allowed ? 0 : 1;
}

async function upload(run: PublishRun, client: Client, found: ReadPackage, tenantId: string) {
  const line = run.progress();
  try {
    return await client.skills.upload(found.archive, {
      archiveDigest: found.archiveDigest,
      tenantId,
      signal: run.io.signal,
      onProgress: ({ sentBytes, totalBytes }) =>
        line.update(
          sentBytes < totalBytes ? `Sending ${size(sentBytes)} of ${size(totalBytes)}` : 'Sent. The registry checks …',
        ),
    });
  } finally {
    line.done();
  }
}

function readTimeout(given: string | undefined): number {
  const seconds = given === undefined ? TIMEOUT_SECONDS : Number(given);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  throw new AegisError('USAGE', { detail: `--timeout is “${given}”, wanted a number of seconds.` });
}

type SkillOf = z.output<typeof Skill>;

async function waitFor(run: PublishRun, client: Client, id: string, timeoutMs: number): Promise<number> {
  const { io } = run;
  const untilMs = io.now() + timeoutMs;
  const line = run.progress();
  const isDone = run.values['wait-review'] === true ? isDecided : isAnalysed;
  let { skill } = await client.skills.get(id);
  for (
    let delayMs = POLL_FIRST_MS;
    !isDone(skill) && io.now() + delayMs <= untilMs;
    delayMs = Math.min(delayMs * 1.5, POLL_MAX_MS)
  ) {
    line.update(
      isAnalysed(skill)
        ? `Waiting for a reviewer, number ${skill.queuePosition ?? '?'} in the queue …`
        : 'Being analysed …',
    );
    await io.wait(delayMs);
    ({ skill } = await client.skills.get(id));
  }
  line.done();
  const findings = await findingsOf(client, skill);
  const code = exitCodeOf(skill, isDone(skill));
  run.result({ skill, findings, timedOut: code === 6 });
  run.print(describeSkill(skill, findings, run.paint));
  return code;
}

function isDecided(skill: SkillOf): boolean {
  return skill.status !== 'pending_review';
}

function isAnalysed(skill: SkillOf): boolean {
  return isDecided(skill) || skill.report?.state === 'done' || skill.report?.state === 'failed';
}

function exitCodeOf(skill: SkillOf, done: boolean): number {
  if (skill.status === 'rejected' || skill.status === 'revoked' || skill.status === 'yanked') return 5;
  if (skill.status !== 'pending_review') return 0;
  if (skill.report?.state === 'failed' || skill.report?.decision === 'block') return 1;
  return done ? 0 : 6;
}
