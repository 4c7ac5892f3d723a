import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildFailure, BuildOptions, Message, Metafile } from 'esbuild';
import type { PackageFile } from '../archive.ts';
import { AegisError, type FieldError } from '../errors.ts';
import { bundleFile, handlerFile } from '../manifest.ts';
import type { ToolDefinition } from '../types.ts';
import { ownSdk } from './own-sdk.ts';

/** What esbuild understands; other handlers (Python) run as they are. */
export const BUNDLED = /\.(?:[cm]?js|tsx?|mts|jsx)$/;

/**
 * One bundle and its map for each JS or TS handler, to lie beside its source: all npm dependencies inside, readable, and
 * the same bytes on any machine. Lines of the bundle lead back to the sources through the map.
 * @throws AegisError VALIDATION_FAILED with file, line and column of what could not be bundled
 */
export async function bundleHandlers(
  folder: string,
  tools: readonly ToolDefinition[],
  files: readonly PackageFile[],
): Promise<PackageFile[]> {
  const paths = new Set(files.map((file) => file.path));
  const sources = new Map<string, string>();
  for (const { handler } of tools) {
    const source = handlerFile(handler, paths);
    if (source !== null && BUNDLED.test(source)) sources.set(bundleFile(handler), source);
  }
  const bundles: PackageFile[] = [];
  for (const [target, source] of [...sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    bundles.push(...(await bundleFrom(folder, source, target)));
  }
  return bundles;
}

/** The bundle of one module of the skill (`source`, from its folder) as `target`, and its map as `target.map`. */
export async function bundleFrom(folder: string, source: string, target: string): Promise<PackageFile[]> {
  const plain = await runBuild(folder, source, target, {});
  // Only a dependency in CommonJS that loads a module of Node by itself needs `require`.
  const built = plain.code.includes('Dynamic require of "')
    ? await runBuild(folder, source, target, { banner: { js: REQUIRE } })
    : plain;
  const code = built.code;
  return [
    { path: target, bytes: new TextEncoder().encode(code), mode: '0644' },
    { path: `${target}.map`, bytes: new TextEncoder().encode(built.map), mode: '0644' },
  ];
}

const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

async function runBuild(skillFolder: string, source: string, target: string, more: BuildOptions) {
  const esbuild = await import('esbuild');
  // esbuild works on real paths; a link above the folder would make everything look as if it lay outside.
  const folder = await realpath(skillFolder);
  const output = join(folder, target);
  try {
    const result = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: [source],
      outfile: target,
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      charset: 'utf8',
      legalComments: 'inline',
      sourcemap: 'linked',
      sourcesContent: true,
      logLevel: 'silent',
      // A tsconfig.json somewhere above the folder would make the bytes depend on the machine.
      tsconfigRaw: '{}',
      plugins: [ownSdk(esbuild, folder)],
      ...more,
      metafile: true,
    });
    refuseOutside(result.metafile, folder);
    const text = (path: string) => result.outputFiles?.find((file) => file.path === path)?.text ?? '';
    return {
      code: withoutPaths(text(output), result.metafile),
      map: mapWithoutPaths(text(`${output}.map`), dirname(target)),
    };
  } catch (error) {
    if (isBuildFailure(error)) throw buildError(source, error.errors);
    throw error;
  }
}

/** A relative import that leaves the folder would put code into the bundle whose source no reviewer gets to see. */
function refuseOutside(metafile: Metafile, folder: string): void {
  for (const [path, input] of Object.entries(metafile.inputs)) {
    if (isOutside(path)) continue;
    for (const { path: imported, original } of input.imports) {
      if (!isOutside(imported) || original === undefined || !/^\.{0,2}\//.test(original)) continue;
      throw new AegisError('VALIDATION_FAILED', {
        detail: `${path} imports ${original}, which lies outside the skill's folder ${folder}. Move it into the folder, or make it an npm package.`,
      });
    }
  }
}

function isOutside(path: string): boolean {
  return path.startsWith('../') || /^(?:\/|[A-Za-z]:)/.test(path);
}

/** esbuild writes the path of each module above its code; those outside the folder would tell where it was built. */
function withoutPaths(code: string, metafile: Metafile): string {
  const outside = new Map(
    Object.keys(metafile.inputs)
      .filter((path) => isOutside(path))
      .map((path) => [`// ${path}`, `// ${packagePath(path)}`]),
  );
  if (outside.size === 0) return code;
  return code
    .split('\n')
    .map((line) => outside.get(line) ?? line)
    .join('\n');
}

function mapWithoutPaths(text: string, folder: string): string {
  const map: { sources: string[] } & Record<string, unknown> = JSON.parse(text);
  const up = folder === '.' ? '' : '../'.repeat(folder.split('/').length);
  map.sources = map.sources.map((source) => {
    const fromRoot = up !== '' && source.startsWith(up) ? source.slice(up.length) : null;
    return fromRoot !== null && isOutside(fromRoot) ? `${up}${packagePath(fromRoot)}` : source;
  });
  return `${JSON.stringify(map, null, 1)}\n`;
}

/** `node_modules/left-pad/index.js`, wherever above the folder it was found. */
function packagePath(path: string): string {
  const at = path.lastIndexOf('node_modules/');
  return at >= 0
    ? path.slice(at)
    : `node_modules/${path
        .replace(/^(?:\.\.\/)+/, '')
        .split('/')
        .slice(-3)
        .join('/')}`;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return !(error instanceof AegisError) && error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function buildError(source: string, messages: readonly Message[]): AegisError {
  const errors = messages.map(({ text, location }): FieldError => {
    const missing = /^Could not resolve "([^"]+)"/.exec(text)?.[1];
    return {
      pointer: '',
      detail: text,
      ...(location === null
        ? { file: source }
        : { file: location.file, line: location.line, column: location.column + 1 }),
      ...(missing === undefined || missing.startsWith('.')
        ? {}
        : { fix: `install it in the skill's folder: npm install ${missing}` }),
    };
  });
  return new AegisError('VALIDATION_FAILED', { detail: `${source} could not be bundled.`, errors });
}
