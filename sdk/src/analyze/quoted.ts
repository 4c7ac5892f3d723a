import type { Use } from './code/found-uses.ts';
import { analyseText, type Found } from './embedded.ts';
import { findPythonUses } from './python/uses.ts';
import type { ReadFiles } from './source/read-files.ts';
import { EmbeddedText } from './source/source-text.ts';
import { warnsOf } from './text/markdown.ts';

const PYTHON = new Set(['python', 'py', 'python3']);
const SCRIPT = new Set(['js', 'javascript', 'node', 'mjs', 'ts', 'typescript']);
/** A block without one of these has nothing that would count. */
const SENDS_OR_RUNS = /\b(?:fetch|request|requests|urlopen|urllib|https?|axios|httpx|socket|atob|b64decode|Buffer)\b/;
const TAKES_OR_RUNS =
  /\benviron\b|process\.env|\.ssh\b|\.aws\b|\.npmrc\b|id_rsa|\.kube\b|\beval\b|\bexec|\bFunction\b|subprocess|\bsystem\b|Login Data/;
/** Blocks of one package that are looked into. */
const BLOCKS_MAX = 64;

/**
 * Analyses the programs that Markdown shows, for people and agents run what they are shown. They are examples, so only
 * what is an attack counts: what they ask for beyond that needs no permission.
 */
export function analyseQuoted(read: ReadFiles, facts: Found, stepsFor: (characters: number) => number): void {
  let left = BLOCKS_MAX;
  for (const { source, kind, markdown } of read.texts) {
    if (kind.kind !== 'markdown' || !SENDS_OR_RUNS.test(source.text) || !TAKES_OR_RUNS.test(source.text)) continue;
    for (const part of markdown()) {
      const isPython = PYTHON.has(part.language);
      if (part.kind !== 'fence' || !(isPython || SCRIPT.has(part.language))) continue;
      if (!SENDS_OR_RUNS.test(part.text) || !TAKES_OR_RUNS.test(part.text) || warnsOf(part) || left-- <= 0) continue;
      const text = new EmbeddedText(source.place(part.offset), part.text);
      const steps = stepsFor(part.text.length);
      const found: Found = { stepsLeft: facts.stepsLeft, uses: [], folded: [], unseen: [] };
      if (isPython) {
        const { uses, steps: taken } = findPythonUses([text], () => [], steps);
        found.uses.push(...uses);
        found.stepsLeft -= taken;
      } else analyseText(text, found, steps);
      facts.stepsLeft = found.stepsLeft;
      facts.uses.push(...found.uses.filter(isAttack));
    }
  }
}

function isAttack({ kind, sources, payload, api }: Use): boolean {
  if (kind === 'net' || kind === 'net.send') {
    return (
      api === 'socket as a shell' ||
      payload.some(
        (trace) => trace.kind === 'environment' || (trace.kind === 'sensitive-file' && !trace.name.endsWith('.env')),
      )
    );
  }
  return (
    (kind === 'eval' || kind === 'exec') &&
    sources.some((trace) => trace.kind === 'network' || trace.kind === 'decoded')
  );
}
