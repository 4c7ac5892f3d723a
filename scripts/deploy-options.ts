import { parseArgs } from 'node:util';
import { AegisError } from '@aegis/skill-sdk/errors';

export interface DeployOptions {
  /** Of the Worker and the database; the bucket, the queues and the dashboard are named after it. */
  name: string;
  /** Where people reach the product; null: the address that Pages gives. */
  origin: string | null;
  dryRun: boolean;
  help: boolean;
}

export const DEPLOY_USAGE = `npm run deploy -- [options]

Puts registry and dashboard on Cloudflare: makes what is missing (D1, R2, queues, Pages project, keys), migrates, deploys
and prints the link that makes the first admin. Run it again at any time: what is there is kept, and it is how a new
release goes out.

  --name NAME    of the Worker and the database; the rest is named after it (default aegis)
  --origin URL   where people reach it, such as https://skills.example.com (default: the address that Pages gives)
  --dry-run      build and check everything, and print what would run; offline, changes nothing

It signs in as wrangler does: npx wrangler login, or CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.
`;

/** The options of `npm run deploy`. USAGE names what is wrong with them. */
export function parseDeployOptions(args: readonly string[]): DeployOptions {
  const { name = 'aegis', origin, 'dry-run': dryRun = false, help = false } = parse(args);
  // What Worker, D1, R2, Queues and Pages all take, with the longest suffix.
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new AegisError('USAGE', {
      detail: `--name ${name} cannot be used; wanted up to 40 of a-z, 0-9 and -, such as aegis-staging.`,
    });
  }
  return { name, origin: origin === undefined ? null : parseOrigin(origin), dryRun, help };
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  const isLoopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url !== null && isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)))
    return url.origin;
  throw new AegisError('USAGE', {
    detail: `--origin ${text} cannot be used; wanted https:// and a name, such as https://skills.example.com.`,
  });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        name: { type: 'string' },
        origin: { type: 'string' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    const found = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new AegisError('USAGE', { detail: `${found}.\n\n${DEPLOY_USAGE}`, cause });
  }
}
