import { env } from 'cloudflare:workers';
import { newToken, tokenHash } from '../secrets.ts';
import { type Person, person } from './world.ts';

/** What trusts a repository of GitHub with a skill. */
export function githubPublisher(skillName: string) {
  return {
    skillName,
    issuerId: 'github',
    label: 'acme/skills',
    claims: { repository_id: '11', repository_owner_id: '22' },
    workflows: ['publish.yml'],
  };
}

/** Trusts a job with a skill; answers the publisher's id. */
export async function createPublisher(owner: Person, tenantId: string, skillName: string): Promise<string> {
  const made = await owner.json<{ id: string }>(`/api/tenants/${tenantId}/publishers`, {
    method: 'POST',
    body: githubPublisher(skillName),
  });
  return made.id;
}

/** A job that has exchanged its token already. */
export async function createJob(owner: Person, tenantId: string, skillName: string): Promise<Person> {
  const publisherId = await createPublisher(owner, tenantId, skillName);
  const token = await newToken('aec_');
  await env.DB.prepare(
    'insert into ci_tokens (id, publisher_id, hash, proof_hash, created_at_ms, expires_at_ms) values (?, ?, ?, ?, ?, ?)',
  )
    .bind(publisherId.replace('tpb', 'cit'), publisherId, await tokenHash(token), publisherId, 0, Date.now() + 900_000)
    .run();
  return person(publisherId, '', { authorization: `Bearer ${token}` });
}
