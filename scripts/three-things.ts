import { createClient } from '@aegis/skill-sdk/client';
import type { Account } from './accounts.ts';
import { DENIED_AGENT, DENIED_HOST, deniedCall } from './denied-tool.ts';

export interface ThreeThings {
  url: string;
  stateDir: string;
  /** Folder with the commands of the checkout. */
  bin: string;
  accounts: readonly Account[];
}

/** What somebody tries first on the demo, with what to paste and what to open. Pasted lines stand nine spaces in. */
export async function threeThings({ url, stateDir, bin, accounts }: ThreeThings): Promise<string> {
  const of = (tenant: string | null, role: string) =>
    accounts.find((account) => account.tenant === tenant && account.role === role);
  const author = of('acme', 'author');
  const wider = await findWider(url, author);
  const call = deniedCall(author?.tenantId ?? '')
    .map(quoted)
    .join(' ');
  return `
  Three things to try. First, in a second terminal:
         export PATH="${bin}:$PATH"
         export AEGIS_REGISTRY=${url} AEGIS_TOKEN=${author?.apiKey ?? ''}
    1. See what the agents of this machine already have, the worst first. Nothing is sent:
         aegis scan
    2. Decide one permission. exchange-rates 1.1.0 asks for a host more than 1.0.0. As ${of(null, 'reviewer')?.email}:
       ${wider === null ? `${url}/admin/reviews` : `${url}/admin/reviews/${wider}`}
    3. Fix a real denial. ${DENIED_AGENT} wants that host, and is refused:
         AEGIS_STATE_DIR="${stateDir}/cluster-agent" aegis-agent ${call}
       Approve 1.1.0 as in 2, then install it on ${DENIED_AGENT}, as ${of('acme', 'owner')?.email}:
       ${wider === null ? url : `${url}/t/${author?.tenantId}/skills/private/${wider}`}
       The same command is let out now; nobody answers, because ${DENIED_HOST} is made up.
  Then take a skill of your own all the way: docs/tutorial.md
`;
}

function quoted(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `'${word}'`;
}

/** The version that asks for more; null when there is none any more. */
async function findWider(url: string, author: Account | undefined): Promise<string | null> {
  if (author?.apiKey == null || author.tenantId === null) return null;
  const client = createClient({ url, token: author.apiKey });
  const { skills } = await client.skills.list({ tenantId: author.tenantId, name: 'exchange-rates', all: true });
  return skills.find(({ version }) => version === '1.1.0')?.id ?? null;
}
