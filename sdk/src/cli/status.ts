import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../client.ts';
import { AegisError } from '../errors.ts';
import { checkManifest } from '../manifest.ts';
import type { Finding } from '../wire/reports.ts';
import { defineCommand } from './command.ts';
import { findVersion, parseReference } from './find-version.ts';
import type { Io } from './io.ts';
import { chooseTenant, openRegistry, registryOptions } from './registry.ts';
import { describeSkill, nextSteps } from './show-skill.ts';

/** `aegis status [NAME[@VERSION]]`. */
export const status = defineCommand({
  usage: 'status [NAME[@VERSION]]',
  summary: 'Show where a version stands, why, and what to change',
  about: 'Without an argument: the version that manifest.yaml in this folder names.',
  arguments: { min: 0, max: 1 },
  options: registryOptions,
  examples: [
    ['aegis status', 'The skill in this folder'],
    ['aegis status crm-export@1.2.0 --json', 'Any version that you may see'],
  ],
  async run({ io, rest, values, print, paint, result, warn }) {
    const wanted = rest[0] === undefined ? await readOwnReference(io) : parseReference(rest[0]);
    const { client } = await openRegistry(io, values.registry, warn);
    const tenantId = await chooseTenant(client, values.tenant, 'skill:read');
    const { id } = await findVersion(client, tenantId, wanted.name, wanted.version);
    const { skill } = await client.skills.get(id);
    const findings = await findingsOf(client, skill);
    result({ skill, findings, next: nextSteps(skill, findings) });
    print(describeSkill(skill, findings, paint));
    return 0;
  },
});

/** The findings of a version's static report; none as long as it is not done. */
export async function findingsOf(
  client: Client,
  skill: { id: string; report: { state: string } | null },
): Promise<Finding[]> {
  return skill.report?.state === 'done' ? (await client.skills.report(skill.id)).findings : [];
}

async function readOwnReference(io: Io): Promise<{ name: string; version: string }> {
  const text = await readFile(join(io.cwd, 'manifest.yaml'), 'utf8').catch(() => null);
  if (text === null) {
    throw new AegisError('USAGE', {
      detail: `${io.cwd} has no manifest.yaml. Go to the skill’s folder, or name a skill: aegis status NAME`,
    });
  }
  const { manifest, errors } = checkManifest(text);
  if (manifest === null) {
    throw new AegisError('MANIFEST_INVALID', {
      detail: 'See it in its place: aegis validate',
      errors: errors.map((error) => ({ file: 'manifest.yaml', ...error })),
    });
  }
  return { name: manifest.name, version: manifest.version };
}
