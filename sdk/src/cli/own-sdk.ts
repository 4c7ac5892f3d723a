import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Loader, Plugin } from 'esbuild';

const PACKAGE = '@aegis/skill-sdk';
const NAMESPACE = 'aegis-skill-sdk';
/** `src/` in a checkout, `dist/` when installed: this module lies in its folder `cli/`. */
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Lets a bundle use this program's own copy of the SDK, so that a skill builds with nothing installed. Sources and built
 * files give the same bytes: both are printed anew by esbuild, and modules are named without extension and machine path.
 * A skill that installed another copy keeps it.
 */
export function ownSdk(esbuild: typeof import('esbuild'), skillFolder: string): Plugin {
  return {
    name: NAMESPACE,
    setup(build) {
      if (hasAnotherCopy(skillFolder)) return;
      build.onResolve({ filter: /^@aegis\/skill-sdk(?:\/|$)/ }, ({ path }) => {
        const name = path === PACKAGE ? 'index' : path.slice(PACKAGE.length + 1);
        const file = name === 'analyze' ? 'analyze/analyze' : name;
        return { path: file, namespace: NAMESPACE, sideEffects: false };
      });
      build.onResolve({ filter: /^\./, namespace: NAMESPACE }, ({ path, importer }) => {
        const file = join(dirname(importer), path)
          .replaceAll('\\', '/')
          .replace(/\.[jt]s$/, '');
        return { path: file, namespace: NAMESPACE, sideEffects: false };
      });
      build.onResolve({ filter: /^[^./]/, namespace: NAMESPACE }, async ({ path, kind, pluginData }) => {
        if (pluginData === NAMESPACE) return undefined;
        // What the SDK depends on is found from the SDK, not from the skill.
        return build.resolve(path, { kind, resolveDir: ROOT, pluginData: NAMESPACE });
      });
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => {
        const text = await readFile(join(ROOT, `${path}${EXTENSION}`), 'utf8');
        const code = await normalise(esbuild, text);
        return { contents: code, loader: 'js', resolveDir: ROOT };
      });
    },
  };
}

/** The same text from a source and from its built form: tsc breaks lines where the author did not. */
async function normalise(esbuild: typeof import('esbuild'), text: string): Promise<string> {
  const loader: Loader = EXTENSION === '.ts' ? 'ts' : 'js';
  const options = { target: 'node20', charset: 'utf8', legalComments: 'none', tsconfigRaw: '{}' } as const;
  const dense = await esbuild.transform(text, { ...options, loader, minifyWhitespace: true });
  const bare = dense.code.replace(/((?:from|import)\s*"\.[^"]*)\.[jt]s"/g, '$1"');
  return (await esbuild.transform(bare, { ...options, loader: 'js' })).code;
}

/** True when Node would find an SDK from the skill's folder that is not this one. */
function hasAnotherCopy(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    const copy = join(at, 'node_modules', PACKAGE);
    if (existsSync(join(copy, 'package.json'))) return realpathSync(copy) !== realpathSync(dirname(ROOT));
    if (dirname(at) === at) return false;
  }
}
