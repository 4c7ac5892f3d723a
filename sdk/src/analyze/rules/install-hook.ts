import type { Severity } from '../../wire/reports.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { shortened } from '../flow.ts';
import type { ShellText } from '../shell-text.ts';
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
    yield* started(facts);
  },
};

/** What builds native add-ons, sets up git hooks or patches: usual, and bound to the package manager anyway. */
const USUAL =
  /^(node-gyp|node-gyp-build|prebuild-install|node-pre-gyp|husky|patch-package|simple-git-hooks|lefthook|tsc|echo|exit|true|is-ci|opencollective|npm|pnpm|yarn|cmake-js|prisma|svelte-kit|nuxt|lerna|ngcc)$/;

function judge(shell: ShellText, facts: PackageFacts): Severity | null {
  if (threatIn(shell.text) !== null) return 'critical';
  const programs = parseShell(shell.text).flatMap((pipeline) => pipeline.commands.map(programOf));
  const odd = programs.filter(({ name }) => name !== '' && !USUAL.test(name));
  if (odd.length === 0) return null;
  const acts = facts.uses.some(
    ({ kind, place }) =>
      facts.reached.byHooks.has(place.file) &&
      (kind === 'net' || kind === 'net.send' || kind === 'exec' || kind === 'eval'),
  );
  if (acts || odd.some(isInline)) return 'high';
  return odd.every(({ name }) => name !== 'node' && name !== 'bun') ? 'medium' : 'low';
}

/** A program on the command line, unless all that it does is to load a file of the package. */
function isInline({ name, args }: { name: string; args: readonly string[] }): boolean {
  const at = args.findIndex((word) => /^-\w*[ecp]$|^--eval$/.test(word));
  if (!/^(node|bun|deno|python3?|sh|bash)$/.test(name) || at < 0) return false;
  return !/^\s*(try\s*\{\s*)?require\(\s*["']\.{1,2}\/[^"']{1,100}["']\s*\);?\s*(\}\s*catch\s*(\(\w{1,20}\))?\s*\{\s*\})?\s*$/.test(
    args[at + 1] ?? '',
  );
}

const TELLS =
  /[$][(]\s{0,4}(whoami|hostname|id|uname|pwd|env|printenv|cat|ls|ip|ifconfig|curl)\b|`\s{0,4}(whoami|hostname|id|uname|pwd|env|printenv|cat|ls)\b|[$][{]?(USER|USERNAME|HOSTNAME|LOGNAME|HOME|PWD)\b|%(USERNAME|COMPUTERNAME|USERDOMAIN|USERPROFILE)%|[$]env:/i;
const REACHES =
  /(^|[\s;&|("'])(curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod|nslookup|dig|ping|nc|ncat|host|certutil|bitsadmin|mshta|start-bitstransfer)(\.exe)?\s/i;
const FETCHES = /\b(https?|ftp):\/\//i;
const HIDES =
  /\b(powershell|pwsh)(\.exe)?\b[^\n]{0,200}\s-(w(indowstyle)?\s+hidden|enc?(odedcommand)?\b|e\s|ep\s+bypass|exec(utionpolicy)?\s+bypass)/i;

/** What a command does that no installation needs; null when it is nothing of the kind. */
function threatIn(command: string): string | null {
  const reaches = REACHES.test(command);
  if (reaches && TELLS.test(command)) return 'tells another machine about this one';
  if (reaches && FETCHES.test(command)) return 'asks another machine for something';
  return HIDES.test(command) ? 'runs a hidden PowerShell' : null;
}

/** A public address without a name: no service has one, and it is gone tomorrow. */
const BARE_ADDRESS = /^(?!10\.|127\.|0\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)\d{1,3}(\.\d{1,3}){3}:\d+$/;

/** What code does that an install script reaches. */
function* started(facts: PackageFacts): Iterable<Hit> {
  for (const use of facts.uses) {
    const bare = use.kind === 'net' ? use.values.find((host) => BARE_ADDRESS.test(host)) : undefined;
    if (bare !== undefined && facts.reached.byHooks.has(use.place.file)) {
      const message = `While the package is installed, ${use.api}() asks ${bare}, a machine without a name`;
      yield { severity: 'critical', place: use.place, message };
    }
    if (use.kind !== 'exec' || !facts.reached.byHooks.has(use.place.file)) continue;
    const command = use.values.find((text) => threatIn(text.replaceAll('\uffff', '…')) !== null);
    if (command === undefined) continue;
    yield {
      severity: 'critical',
      place: use.place,
      message: `While the package is installed, “${shortened(command)}” ${threatIn(command)}`,
    };
  }
}
