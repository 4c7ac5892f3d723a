import type { Severity } from '../../wire/reports.ts';
import type { Use } from '../code/found-uses.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { comesFrom, flowTo, shortened } from '../flow.ts';

/** A166: programs and shell commands that the code starts. */
export const noShellExec: Rule = {
  id: 'no-shell-exec',
  kind: 'exec',
  check: 'no_shell_exec',
  level: 'warning',
  cwe: 'CWE-78',
  title: 'A program is started',
  why: 'A program that the skill starts is bound by none of its declared hosts and files. A command that is put together from input lets the caller run anything.',
  fix: 'Use a library or the tool’s context instead. Where a program is really needed, declare shell: true, call it by a fixed name with an array of arguments, and check each of them.',
  bad: {
    file: 'handlers/list.ts',
    source:
      "import { exec } from 'node:child_process';\nexport default async (params) => exec('ls ' + params.folder);\n",
  },
  good: { file: 'handlers/list.ts', source: "export default async (params, context) => context.files.list('data');\n" },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const use of facts.uses) {
      if (use.kind !== 'exec') continue;
      const verdict = judge(use, facts);
      if (verdict === null) continue;
      yield {
        severity: verdict.severity,
        place: use.place,
        message: `${use.api}() starts ${verdict.what}`,
        flow: flowTo(use, ['network', 'parameter', 'decoded', 'variable', 'file']),
      };
    }
  },
};

function judge(use: Use, facts: PackageFacts): { severity: Severity; what: string } | null {
  if (comesFrom(use, 'network')) return { severity: 'critical', what: 'what the network answers' };
  if (comesFrom(use, 'decoded')) return { severity: 'critical', what: 'a command that was decoded first' };
  if (comesFrom(use, 'parameter')) {
    const isUnchecked = use.sources.some(({ kind, name }) => kind === 'parameter' && use.unchecked.includes(name));
    if (isUnchecked) return { severity: 'critical', what: 'a command that the caller of the tool writes' };
    return { severity: 'high', what: 'a command with a checked parameter in it' };
  }
  // Without a manifest nothing says whether starting programs is what the code is for.
  if (facts.manifest === null) return null;
  const declared = facts.manifest.permissions.shell;
  if (!use.complete) return { severity: 'high', what: 'a command that cannot be worked out' };
  const command = `“${shortened(use.values[0] ?? '')}”`;
  return declared
    ? { severity: 'medium', what: command }
    : { severity: 'high', what: `${command}, and the manifest does not declare shell: true` };
}
