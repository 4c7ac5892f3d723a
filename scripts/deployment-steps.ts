import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@aegis/skill-sdk/client';
import { AegisError } from '@aegis/skill-sdk/errors';
import { z } from 'zod';
import { type ConfigFiles, namesOf, writeConfigs } from './deployment-config.ts';
import { AGAIN, type Deployment, type Found, type Step } from './deployment-step.ts';
import { bucket, database, queue } from './deployment-storage.ts';
import { readSecrets } from './secrets.ts';
import { spell } from './wrangler.ts';

/** A new address answers within a minute. */
const HEALTH_TRIES_MAX = 30;

const HEALTH_EVERY_MS = 2000;

export function stepsOf(deployment: Deployment): Step[] {
  return [
    account(deployment),
    database(deployment),
    bucket(deployment),
    queue(deployment, 0),
    queue(deployment, 1),
    pages(deployment),
    built(deployment),
    migrations(deployment),
    registry(deployment),
    secrets(deployment),
    dashboard(deployment),
    health(deployment),
  ];
}

const WhoAmI = z.object({ loggedIn: z.boolean(), accounts: z.array(z.object({ id: z.string(), name: z.string() })) });

function account({ wrangler }: Deployment): Step {
  const command = ['whoami', '--json'];
  return {
    title: 'Account',
    commands: () => [spell(command)],
    async run() {
      const { code, stdout } = await wrangler.ask(command);
      const parsed = WhoAmI.safeParse(code === 0 ? tryJson(stdout) : null);
      if (!parsed.success || !parsed.data.loggedIn) {
        throw new AegisError('USAGE', {
          detail:
            'Found no sign-in at Cloudflare. Wanted: npx wrangler login, or CLOUDFLARE_API_TOKEN in the environment.',
        });
      }
      const { accounts } = parsed.data;
      const chosen = process.env.CLOUDFLARE_ACCOUNT_ID ?? '';
      const mine = chosen === '' ? accounts : accounts.filter(({ id }) => id === chosen);
      const [only, ...others] = mine;
      if (only !== undefined && others.length === 0) return only.name;
      const known = accounts.map(({ id, name }) => `${id} (${name})`).join(', ') || 'none';
      throw new AegisError('USAGE', {
        detail: `Wanted one account, found: ${known}. Choose with CLOUDFLARE_ACCOUNT_ID.`,
      });
    },
    undo: () => 'Nothing was changed at Cloudflare.',
  };
}

const Projects = z.array(z.object({ 'Project Name': z.string(), 'Project Domains': z.string() }));

function pages({ wrangler, options }: Deployment): Step {
  const { pages: name } = namesOf(options.name);
  const list = ['pages', 'project', 'list', '--json'];
  const create = ['pages', 'project', 'create', name, '--production-branch', 'main'];
  const find = async () =>
    Projects.parse(await wrangler.json(list)).find((one) => one['Project Name'] === name) ?? null;
  return {
    title: `Pages project ${name}`,
    commands: () => [spell(list), `${spell(create)}   # unless it is there`],
    async run(found) {
      const known = await find();
      if (known === null) await wrangler.run(create);
      const project = known ?? (await find());
      const [domain = ''] = project?.['Project Domains'].split(', ') ?? [];
      if (domain === '') throw new AegisError('USAGE', { detail: `${spell(create)} gave the project no address.` });
      // Somebody else may have had the name first; Pages then adds letters to it.
      if (options.origin === null) found.origin = `https://${domain}`;
      return known === null ? 'made' : 'is there';
    },
    undo: () => `${AGAIN} To take it away: ${spell(['pages', 'project', 'delete', name])}`,
  };
}

const configOf = ({ folder }: Deployment, found: Found): ConfigFiles => writeConfigs(folder, found.names, found);

function built(deployment: Deployment): Step {
  return {
    title: 'Build',
    commands: () => ['# as above'],
    run: (found) => deployment.build(configOf(deployment, found)),
    undo: () => AGAIN,
  };
}

function migrations(deployment: Deployment): Step {
  const { wrangler, folder, options } = deployment;
  const { database: name } = namesOf(options.name);
  const place = ['d1', 'time-travel', 'info', name, '--json'];
  const apply = ['d1', 'migrations', 'apply', name, '--remote', '--config', join(folder, 'wrangler.toml')];
  return {
    title: 'Migrations',
    commands: () => [spell(place), spell(apply)],
    async run(found) {
      const { bookmark } = z.object({ bookmark: z.string() }).parse(await wrangler.json(place));
      found.bookmark = bookmark;
      configOf(deployment, found);
      await wrangler.run(apply);
      return `applied; before them the database was at ${bookmark}`;
    },
    undo: ({ bookmark }) =>
      bookmark === null
        ? AGAIN
        : `The release that ran before still runs. Migrations only add, so it goes on with them; to take them back all the same: ${spell(['d1', 'time-travel', 'restore', name, `--bookmark=${bookmark}`])}`,
  };
}

function registry(deployment: Deployment): Step {
  const { wrangler, folder, options } = deployment;
  const command = ['deploy', '--minify', '--config', join(folder, 'wrangler.toml')];
  return {
    title: 'Registry (Worker, with its Durable Objects)',
    commands: () => [spell(command)],
    async run() {
      await wrangler.run(command);
      return 'deployed';
    },
    undo: () =>
      `The release that ran before still runs. ${AGAIN} To go back after a deploy: ${spell(['rollback', '--name', options.name])}`,
  };
}

const Listed = z.array(z.object({ name: z.string() }));

const SECRETS = ['AUTH_SECRET', 'SIGNING_KEYS', 'SETUP_TOKEN_HASH'] as const;

function secrets({ wrangler, folder, options }: Deployment): Step {
  const list = ['secret', 'list', '--format', 'json', '--name', options.name];
  const put = ['secret', 'bulk', '--name', options.name];
  const file = join(folder, 'secrets.json');
  return {
    title: 'Keys and secrets',
    commands: () => [spell(list), `${spell(put)}   # those that are missing, on standard input, never as an argument`],
    async run(found) {
      const listed = Listed.parse(await wrangler.json(list));
      const missing = SECRETS.filter((name) => !listed.some((one) => one.name === name));
      const isKept = existsSync(file);
      if (missing.length === 0 && !isKept) return 'are set; this machine does not have them';
      if (missing.length < SECRETS.length && !isKept) {
        throw new AegisError('USAGE', {
          detail: `Found some secrets at Cloudflare and not ${missing.join(', ')}; wanted all, or the file that they came from: ${file}. Copy it from the machine of the first deployment.`,
        });
      }
      // Made once, and kept: a registry with other keys could not stand for what it signed.
      const { authSecret, signingKeys, setupToken } = await readSecrets(folder);
      found.setupToken = setupToken;
      const values = {
        AUTH_SECRET: authSecret,
        SIGNING_KEYS: JSON.stringify(signingKeys),
        SETUP_TOKEN_HASH: createHash('sha256').update(setupToken).digest('hex'),
      };
      if (missing.length === 0) return 'are set';
      const stdin = JSON.stringify(Object.fromEntries(missing.map((name) => [name, values[name]])));
      await wrangler.run(put, { stdin });
      return `set ${missing.join(', ')}; keep a copy of ${file} in a safe place`;
    },
    undo: () =>
      `Until they are set the registry answers 503. ${AGAIN} Keep ${file}: the next try takes the same keys from it.`,
  };
}

function dashboard(deployment: Deployment): Step {
  const { wrangler, folder } = deployment;
  const { pages: name } = namesOf(deployment.options.name);
  const cwd = join(folder, 'dashboard');
  const command = ['pages', 'deploy', '--project-name', name, '--branch', 'main', '--commit-dirty=true'];
  return {
    title: 'Dashboard (Pages)',
    commands: () => [`cd ${cwd} && ${spell(command)}`],
    async run() {
      await wrangler.run(command, { cwd });
      return 'deployed';
    },
    undo: () => `The registry is new, the dashboard still the one before. ${AGAIN}`,
  };
}

function health({ wait }: Deployment): Step {
  return {
    title: 'The registry answers',
    commands: ({ origin }) => [`curl ${origin}/api/health`],
    async run({ origin }) {
      const client = createClient({ url: origin, wait });
      for (let tries = 1; ; tries++) {
        try {
          return `wire ${(await client.health()).wire}`;
        } catch (error) {
          if (tries >= HEALTH_TRIES_MAX) throw error;
          await wait(HEALTH_EVERY_MS);
        }
      }
    },
    undo: ({ origin }) =>
      `Everything is deployed, and ${origin} does not answer as a registry. A new address can take minutes; an own domain must be added to the Pages project first. \`wrangler tail\` shows what the registry says.`,
  };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says what was wanted instead.
    return null;
  }
}
