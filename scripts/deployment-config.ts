import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { ROOT } from './root.ts';

export interface Names {
  worker: string;
  database: string;
  bucket: string;
  queues: readonly [string, string];
  pages: string;
}

/** What a deployment of that name is made of. */
export function namesOf(name: string): Names {
  return {
    worker: name,
    database: name,
    bucket: `${name}-artifacts`,
    queues: [`${name}-analyses`, `${name}-analyses-dead`],
    pages: `${name}-dashboard`,
  };
}

export interface ConfigFiles {
  /** For `wrangler --config`. */
  registry: string;
  /** Where `wrangler pages deploy` is run: it looks for its configuration there. */
  dashboardFolder: string;
}

/** Writes wrangler.toml of the registry and of the dashboard for one deployment, made from those of the checkout. */
export function writeConfigs(folder: string, names: Names, place: { databaseId: string; origin: string }): ConfigFiles {
  const [queue, dead] = names.queues;
  const registry = replaceAll(read('wrangler.toml'), [
    ['name = "aegis"', `name = ${quote(names.worker)}`],
    ['main = "worker/src/index.ts"', `main = ${quote(join(ROOT, 'worker', 'src', 'index.ts'))}`],
    ['APP_ORIGIN = "https://aegis.example"', `APP_ORIGIN = ${quote(place.origin)}`],
    ['database_name = "aegis"', `database_name = ${quote(names.database)}`],
    ['database_id = "00000000-0000-0000-0000-000000000000"', `database_id = ${quote(place.databaseId)}`],
    ['migrations_dir = "migrations"', `migrations_dir = ${quote(join(ROOT, 'migrations'))}`],
    ['bucket_name = "aegis-artifacts"', `bucket_name = ${quote(names.bucket)}`],
    ['dead_letter_queue = "aegis-analyses-dead"', `dead_letter_queue = ${quote(dead)}`],
    ['queue = "aegis-analyses"', `queue = ${quote(queue)}`],
  ]);
  const dashboardFolder = join(folder, 'dashboard');
  const built = relative(dashboardFolder, join(ROOT, 'dashboard', '.svelte-kit', 'cloudflare'));
  const dashboard = replaceAll(read('dashboard/wrangler.toml'), [
    ['name = "aegis-dashboard"', `name = ${quote(names.pages)}`],
    ['service = "aegis"', `service = ${quote(names.worker)}`],
    ['pages_build_output_dir = ".svelte-kit/cloudflare"', `pages_build_output_dir = ${quote(built)}`],
  ]);
  mkdirSync(dashboardFolder, { recursive: true, mode: 0o700 });
  const files = { registry: join(folder, 'wrangler.toml'), dashboardFolder };
  writeFileSync(files.registry, registry);
  writeFileSync(join(dashboardFolder, 'wrangler.toml'), dashboard);
  return files;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A line that is no longer there must not go out as it stands in the checkout: its value is a placeholder. */
function replaceAll(text: string, changes: readonly (readonly [before: string, after: string])[]): string {
  const lines = text.split('\n');
  const gone = changes.filter(([before]) => !lines.includes(before)).map(([before]) => before);
  if (gone.length > 0) {
    throw new AegisError('INTERNAL', {
      detail: `The configuration of the checkout no longer has: ${gone.join('; ')}.`,
    });
  }
  const known = new Map(changes);
  return lines.map((line) => known.get(line) ?? line).join('\n');
}

/** A TOML basic string; JSON's escapes are some of its own. */
function quote(text: string): string {
  return JSON.stringify(text);
}
