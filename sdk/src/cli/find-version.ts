import type { z } from 'zod';
import type { Client } from '../client.ts';
import { AegisError } from '../errors.ts';
import { PAGE_ROWS_MAX } from '../limits.ts';
import { compareVersions } from '../version.ts';
import type { SkillSummary } from '../wire/skills.ts';

type Summary = z.output<typeof SkillSummary>;

/** A tenant may have more versions of one skill than a page; beyond this many pages something is wrong. */
const PAGES_MAX = 50;

/** NAME[@VERSION] in its parts. @throws AegisError USAGE */
export function parseReference(text: string): { name: string; version: string | undefined } {
  const [name = '', version, ...more] = text.split('@');
  if (name === '' || version === '' || more.length > 0) {
    throw new AegisError('USAGE', {
      detail: `“${text}” is no skill; wanted NAME or NAME@VERSION, like crm-export@1.2.0.`,
    });
  }
  return { name, version };
}

/** All versions of a skill in a tenant, highest first. */
export async function versionsOf(client: Client, tenantId: string, name: string): Promise<Summary[]> {
  const found: Summary[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const list = await client.skills.list({
      name,
      tenantId,
      all: true,
      limit: PAGE_ROWS_MAX,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...list.skills.filter((skill) => skill.name === name));
    if (list.nextCursor === null) break;
    cursor = list.nextCursor;
  }
  return found.sort((a, b) => compareVersions(b.version, a.version));
}

/** One version, or the highest. @throws AegisError NOT_FOUND that names what there is */
export async function findVersion(
  client: Client,
  tenantId: string,
  name: string,
  version: string | undefined,
): Promise<Summary> {
  const versions = await versionsOf(client, tenantId, name);
  const found = version === undefined ? versions[0] : versions.find((candidate) => candidate.version === version);
  if (found !== undefined) return found;
  const there = versions.slice(0, 5).map((candidate) => candidate.version);
  throw new AegisError('NOT_FOUND', {
    detail:
      there.length === 0
        ? `The registry has no skill ${name} that you may see. Publish it: aegis publish`
        : `${name}@${version} is not published. There are: ${there.join(', ')}${versions.length > there.length ? ' …' : ''}`,
  });
}
