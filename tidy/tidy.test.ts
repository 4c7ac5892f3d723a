import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import known from './exceptions.json' with { type: 'json' };
import { brokenImports } from './house.ts';
import { longest } from './lengths.ts';
import { lockHoles } from './lock-holes.ts';
import { orphanedTests, untested } from './pairs.ts';
import { impurities, isPureCore } from './purity.ts';
import { hasBareSuppression } from './suppressions.ts';
import { foreignWrites, strayQueries, tablesOf } from './tables.ts';
import { isSource, isTest, listFiles, ROOT, read } from './tree.ts';

/** What the house knowingly does not keep to; each list may only get shorter. */
const exceptions: Record<keyof typeof known, string[]> = known;

const paths = listFiles();
const sources = paths.filter(isSource).map(read);
const inPackages = sources.filter(({ path }) => /^(sdk|worker|cluster-agent|dashboard)\/src\//.test(path));
const ofWorker = inPackages.filter(({ path }) => path.startsWith('worker/src/'));
/** Fixtures and hostile examples are wrong on purpose. */
const written = paths.filter((path) => !/^(fixtures|examples\/hostile)\//.test(path));
const texts = written
  .filter((path) => /\.(ts|mjs|js|svelte|css|html|md|json|ya?ml|toml|sql)$|^\.ci\/|^\.npmrc$/.test(path))
  .map(read);

describe('the house', () => {
  it('imports obey roof, rooms and floor, and packages meet only in the sdk', () => {
    expect(brokenImports(inPackages)).toEqual([]);
  });

  it('the core of the sdk runs anywhere: no clock, no chance, nothing of Node', () => {
    expect(inPackages.filter(({ path }) => isPureCore(path)).flatMap(impurities)).toEqual([]);
  });

  it('every table names its one writer, and nobody else writes it', () => {
    const tables = tablesOf(ofWorker.filter(({ path }) => /^worker\/src\/schema\b/.test(path)));
    expect(tables.length).toBeGreaterThan(0);
    expect(tables.filter(({ writer }) => writer === null).map(({ name }) => name)).toEqual([]);
    const missing = tables.filter(({ writer }) => !existsSync(join(ROOT, 'worker/src', writer ?? '')));
    expect(missing.map(({ name, writer }) => `${name}: ${writer}`)).toEqual([]);
    expect(foreignWrites(ofWorker, tables)).toEqual([]);
  });

  it('SQL stands only in stores, audit, changes and the schema', () => {
    expect(strayQueries(ofWorker)).toEqual(exceptions.sqlElsewhere);
  });

  it('every file with logic has its test, and every test its file', () => {
    expect(untested(inPackages)).toEqual(exceptions.withoutTest);
    expect(orphanedTests(inPackages)).toEqual([]);
  });

  it('a rule’s id, file, page and exported name are one', () => {
    const rules = paths
      .filter((path) => /^sdk\/src\/analyze\/rules\/[a-z0-9-]+\.ts$/.test(path) && !isTest(path))
      .map(read);
    const ids = rules.map(({ path }) => basename(path, '.ts')).filter((id) => id !== 'index');
    const wrong = rules.filter(({ path, text }) => {
      const id = basename(path, '.ts');
      const name = id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
      return (
        ids.includes(id) && !(text.includes(`'${id}'`) && new RegExp(`export (const|function) ${name}\\b`).test(text))
      );
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
    const pages = paths
      .filter((path) => /^docs\/rules\/[a-z0-9-]+\.md$/.test(path))
      .map((path) => basename(path, '.md'));
    expect(pages.filter((page) => page !== 'README').sort()).toEqual(ids.sort());
  });
});

describe('words', () => {
  it('every path that the maps name exists', () => {
    const maps = texts.filter(({ path }) => path === 'ARCHITECTURE.md' || path === 'STYLE.md');
    const folders = new Set(paths.map((path) => path.split('/')[0]));
    const named = maps.flatMap(({ path, text }) =>
      [...text.matchAll(/`([\w.[\]()@-]+(?:\/[\w.[\]()@-]+)*\/?)`/g)].map(([, name = '']) => ({ path, name })),
    );
    const isPath = (name: string) =>
      (name.includes('/') && folders.has(name.split('/')[0])) || /^[A-Z]+\.md$/.test(name);
    const missing = named.filter(({ name }) => isPath(name) && !existsSync(join(ROOT, name)));
    expect(missing.map(({ path, name }) => `${path} names ${name}`)).toEqual([]);
  });

  it('every suppression carries its reason', () => {
    const bare = sources.filter(({ path, text }) => !path.startsWith('tidy/') && hasBareSuppression(text));
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('nothing is called utils, common, misc, manager or service', () => {
    const vague = /(^|\/)(utils?|common|misc|managers?|services?)(\.[a-z.]+)?(\/|$)/;
    expect(written.filter((path) => vague.test(path) && path !== 'sdk/src/wire/common.ts')).toEqual([]);
  });

  it('no test is skipped or alone, and no promise is left in the tree', () => {
    const alone = /\b(it|test|describe)\.(only|skip)\(|\.todo\(/;
    const promise = new RegExp(`\\b(${['TO', 'FIX'].map((word, index) => word + ['DO', 'ME'][index]).join('|')})\\b`);
    const found = texts.filter(
      ({ path, text }) => (isTest(path) && alone.test(text)) || (/\.(ts|svelte|md)$/.test(path) && promise.test(text)),
    );
    expect(found.map(({ path }) => path).filter((path) => path !== 'tidy/tidy.test.ts')).toEqual([]);
  });

  it('no file names a package host or a path of somebody’s machine', () => {
    const host =
      /https?:\/\/(registry|proxy|sum|files|deb|static|index|repo)\.(?![\w.-]*\b(example|test|invalid)\b)[a-z][\w.-]*/;
    const home = /(^|[^\w.-])\/(home|Users|work|farm)\/[a-z][\w.-]*\//m;
    const found = texts.filter(({ text }) => host.test(text) || home.test(text));
    expect(found.map(({ path }) => path)).toEqual(exceptions.machinePaths);
  });
});

describe('what must not change by accident', () => {
  it('a migration that was applied somewhere never changes', () => {
    const now = Object.fromEntries(
      paths
        .filter((path) => /^migrations\/[^/]+\.sql$/.test(path))
        .map((path) => [basename(path), createHash('sha256').update(read(path).text).digest('hex')]),
    );
    const sealed: Record<string, string> = JSON.parse(read('migrations/hashes.json').text);
    // A new migration: add its line, as it stands here. A changed one: write a further migration instead.
    expect(now).toEqual(sealed);
  });

  it('no migration drops or rebuilds a table: D1 would delete the rows that point at it', () => {
    const rebuilt = paths.filter(
      (path) => /^migrations\/.*\.sql$/.test(path) && /drop table|__new_/i.test(read(path).text),
    );
    expect(rebuilt).toEqual([]);
  });

  it('package-lock.json has the binaries of every platform', () => {
    expect(lockHoles(JSON.parse(read('package-lock.json').text).packages)).toEqual(exceptions.lockHoles);
  });

  it('lists of exceptions only shrink', () => {
    const before = committedExceptions();
    const added = Object.entries(exceptions).flatMap(([list, names]) =>
      before === null
        ? []
        : names.filter((name) => !(before[list] ?? []).includes(name)).map((name) => `${list}: ${name}`),
    );
    expect(added).toEqual([]);
  });
});

/** The lists as they were committed before; null when there is no commit yet. */
function committedExceptions(): Record<string, string[]> | null {
  for (const commit of ['HEAD~1', 'HEAD']) {
    try {
      const text = execFileSync('git', ['show', `${commit}:tidy/exceptions.json`], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return JSON.parse(text.toString('utf8'));
    } catch {
      // This commit does not exist, or does not have the file.
    }
  }
  return null;
}

const long = longest(sources, 10);
const rows = (lengths: { lines: number; place: string }[]) =>
  lengths.map(({ lines, place }) => `  ${String(lines).padStart(5)}  ${place}`).join('\n');
process.stdout.write(
  `\nThe ten longest files\n${rows(long.files)}\nThe ten longest functions\n${rows(long.functions)}\n`,
);
