import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSkill } from '@aegis/skill-sdk/cli/build-skill';
import { createClient } from '@aegis/skill-sdk/client';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { Person } from './demo-people.ts';
import { ROOT } from './root.ts';
import { until } from './until.ts';

const ANALYSED_WITHIN_MS = 30_000;

/** What a later version changes in the manifest of an example. */
export interface Change {
  version: string;
  network: { host: string; methods: string[]; reason: string };
}

/** Builds a skill as `aegis build` does and publishes it as `aegis publish` does; resolves when it is analysed. */
export async function publishExample(url: string, author: Person, folder: string, change?: Change): Promise<string> {
  const path = join(ROOT, 'examples', folder);
  const built =
    change === undefined
      ? await buildSkill(path, ROOT)
      : await withChange(path, change, (copy) => buildSkill(copy, copy));
  const client = createClient({ url, token: author.apiKey ?? undefined });
  const { archive, manifest, archiveDigest } = built;
  const { id } = await client.skills.upload(archive, { manifest, archiveDigest });
  await until(`the analysis of ${manifest.name} ${manifest.version}`, ANALYSED_WITHIN_MS, async () => {
    const { skill } = await client.skills.get(id);
    if (skill.report?.state === 'failed')
      throw new AegisError('INTERNAL', { detail: `${folder} could not be analysed.` });
    return skill.report?.state === 'done' ? skill : null;
  });
  return id;
}

/** Approves as a reviewer does on the page: the report is read, and what needs a tick is ticked. */
export async function approve(reviewer: Person, versionId: string, notes: string): Promise<void> {
  const [workspace, report] = await Promise.all([
    reviewer.client.reviews.workspace(versionId),
    reviewer.client.skills.report(versionId),
  ]);
  await reviewer.client.reviews.decide(versionId, {
    status: 'approved',
    notes,
    acknowledged: report.findings.map((finding) => finding.id),
    revision: workspace.revision,
    ...(workspace.report?.digest == null ? {} : { reportDigest: workspace.report.digest }),
  });
}

async function withChange<T>(folder: string, change: Change, use: (copy: string) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'aegis-demo-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const path = join(copy, 'manifest.yaml');
    const { host, methods, reason } = change.network;
    const entry = `    - host: "${host}"\n      methods: ${JSON.stringify(methods)}\n      reason: "${reason}"\n`;
    const manifest = readFileSync(path, 'utf8')
      .replace(/^version: .*$/m, `version: "${change.version}"`)
      .replace(/^ {2}files:$/m, `${entry}  files:`);
    writeFileSync(path, manifest);
    return await use(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
