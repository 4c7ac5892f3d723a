import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { build, type Plugin } from 'esbuild';
import { ROOT } from './root.ts';
import { runQuietly } from './run-quietly.ts';

const DASHBOARD = join(ROOT, 'dashboard');
const BUILT = join(DASHBOARD, '.svelte-kit', 'cloudflare');
/** Beside what vite writes, so that whoever removes the build removes its stamp too. */
const STAMP = join(DASHBOARD, '.svelte-kit', 'aegis-sources');

/** What workerd offers by itself; a builtin without its `node:` gets it. */
const runtimeModules: Plugin = {
  name: 'runtime-modules',
  setup(bundler) {
    const bare = new RegExp(`^(${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$`);
    bundler.onResolve({ filter: /^(node|cloudflare):/ }, ({ path }) => ({ path, external: true }));
    bundler.onResolve({ filter: bare }, ({ path }) => ({ path: `node:${path}`, external: true }));
  },
};

/** The registry as one module, from the TypeScript sources of worker and sdk. */
export async function bundleRegistry(options: { minify?: boolean } = {}): Promise<string> {
  return await bundle(join(ROOT, 'worker', 'src', 'index.ts'), options.minify === true);
}

/** The small Worker in front of both, on a laptop. */
export async function bundleFront(): Promise<string> {
  return await bundle(join(ROOT, 'scripts', 'front.ts'), false);
}

/** The analyzer by itself, as one module. */
export async function bundleAnalyzer(): Promise<string> {
  return await bundle(join(ROOT, 'scripts', 'analyze-worker.ts'), false);
}

/** The dashboard's worker as one module, and the folder of its static files. Build it first. */
export async function bundleDashboard(options: { minify?: boolean } = {}): Promise<{ script: string; assets: string }> {
  // Kit's worker and its route table lie among the static files: they are no static files.
  writeFileSync(join(BUILT, '.assetsignore'), '_worker.js\n_routes.json\n');
  return { script: await bundle(join(BUILT, '_worker.js'), options.minify === true), assets: BUILT };
}

/** Builds the dashboard unless the last build was made from the same sources. Returns whether it built. */
export async function buildDashboard(signal?: AbortSignal): Promise<boolean> {
  const sources = hashOf([
    ...filesBelow(DASHBOARD),
    ...filesBelow(join(ROOT, 'sdk', 'src')),
    join(ROOT, 'package-lock.json'),
  ]);
  if (existsSync(join(BUILT, '_worker.js')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources)
    return false;
  // A build that is cut off must not pass for the one before it.
  rmSync(STAMP, { force: true });
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  await runQuietly('The dashboard could not be built', process.execPath, [vite, 'build'], { cwd: DASHBOARD, signal });
  writeFileSync(STAMP, sources);
  return true;
}

async function bundle(entry: string, minify: boolean): Promise<string> {
  try {
    const result = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2024',
      platform: 'browser',
      conditions: ['aegis-source', 'workerd', 'worker', 'browser', 'import'],
      define: { 'process.env.NODE_ENV': '"production"' },
      plugins: [runtimeModules],
      keepNames: true,
      minify,
      logLevel: 'silent',
      sourcemap: minify ? false : 'inline',
      sourcesContent: false,
    });
    return result.outputFiles[0]?.text ?? '';
  } catch (cause) {
    throw new AegisError('USAGE', {
      detail: `${relative(ROOT, entry)} could not be bundled.\n${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name.endsWith('.test.ts')) return [];
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

function hashOf(paths: string[]): string {
  const hash = createHash('sha256');
  for (const path of paths.sort()) {
    const bytes = readFileSync(path);
    hash.update(`${relative(ROOT, path)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
