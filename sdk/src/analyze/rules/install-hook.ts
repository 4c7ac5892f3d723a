import type { Severity } from '../../wire/reports.ts';
import type { Hit, PackageFacts, Rule, ShellText } from '../facts.ts';
import { shortened } from '../flow.ts';
import { parseShell, programOf } from '../text/shell.ts';

/** Scripts that a package manager runs by itself while it installs. */
export const installHook: Rule = {
  id: 'install-hook',
  kind: 'exec',
  cwe: 'CWE-506',
  title: 'A script runs while the package is installed',
  why: 'An install script runs on every machine before anybody has used, or even looked at, the package. Most malicious packages act there.',
  fix: 'Remove preinstall, install and postinstall from package.json. A skill has nothing to install: aegis build bundles what it needs.',
  bad: {
    file: 'package.json',
    source:
      '{ "name": "tool", "scripts": { "postinstall": "node -e \\"require(\'https\').get(\'https://in.example\')\\"" } }\n',
  },
  good: { file: 'package.json', source: '{ "name": "tool", "scripts": { "test": "node --test" } }\n' },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const shell of facts.shells) {
      if (shell.origin !== 'hook') continue;
      const severity = judge(shell, facts);
      if (severity === null) continue;
      yield {
        severity,
        place: shell.place(0),
        message: `“${shortened(shell.text)}” runs while the package is installed`,
      };
    }
  },
};

/** What builds native add-ons, sets up git hooks or patches: usual, and bound to the package manager anyway. */
const USUAL =
  /^(node-gyp|node-gyp-build|prebuild-install|node-pre-gyp|husky|patch-package|simple-git-hooks|lefthook|tsc|echo|exit|true|is-ci|opencollective|npm|pnpm|yarn|cmake-js|prisma|svelte-kit|nuxt|lerna|ngcc)$/;

function judge(shell: ShellText, facts: PackageFacts): Severity | null {
  const programs = parseShell(shell.text).flatMap((pipeline) => pipeline.commands.map(programOf));
  const odd = programs.filter(({ name }) => name !== '' && !USUAL.test(name));
  if (odd.length === 0) return null;
  const isInline = odd.some(
    ({ name, args }) =>
      /^(node|bun|deno|python3?|sh|bash)$/.test(name) && args.some((word) => /^-\w*[ecp]$|^--eval$/.test(word)),
  );
  if (isInline) return 'high';
  if (odd.every(({ name }) => name !== 'node' && name !== 'bun')) return 'medium';
  const acts = facts.uses.some(
    (use) =>
      facts.reached.byHooks.has(use.place.file) && (use.kind === 'net' || use.kind === 'exec' || use.kind === 'eval'),
  );
  return acts ? 'high' : 'low';
}
