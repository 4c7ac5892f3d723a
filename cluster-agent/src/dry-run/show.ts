import type { DryRunResult } from '@aegis/skill-sdk/wire/dry-runs';
import type { ProvedEngine } from './canary.ts';

const VERDICTS: Record<DryRunResult['verdict'], string> = {
  pass: 'Everything that it did is declared.',
  undeclared_access: 'It did what its manifest does not declare.',
  limit: 'It reached a limit.',
  timeout: 'It did not end in time and was ended.',
  crashed: 'It ended without a result.',
  tampered: 'Somebody ended the monitor before the tool: nothing it shows is worth anything.',
  incomplete: 'The evidence is not complete, so nothing follows from what is missing in it.',
};
const MEGABYTE = 1024 * 1024;

/** A result for people: the verdict first, then what happened in order, then what it means. */
export function showResult(result: DryRunResult): string {
  const { skill, tool, verdict, runtime, monitor, error, timeline, findings, comparison } = result;
  const lines = [
    `${verdict === 'pass' ? '✓' : '✗'} ${skill.name} ${skill.version}, tool ${tool}: ${verdict}. ${VERDICTS[verdict]}`,
    '',
    ...timeline.map(
      ({ ms, text, declared }) => `  ${String(ms).padStart(6)} ms  ${declared ? ' ' : '!'} ${plain(text)}`,
    ),
    ...(timeline.length === 0 ? ['  It touched no file, no network and no program.'] : []),
    '',
    error === null ? `Output: ${JSON.stringify(result.output)}` : `Error: ${plain(error.message)}`,
    ...section(
      'Findings',
      findings.map(({ severity, message }) => `${severity}: ${message}`),
    ),
    ...section(
      'Declared and done, but not foreseen by the analysis of the code',
      comparison.unpredicted.map(({ kind, values }) => `${kind} ${values.join(', ')}`),
    ),
    ...section('Declared and not done in this run', comparison.unused),
    ...section('Limits reached', result.limitsHit),
    ...section('Missing from the evidence', monitor.reasons),
    '',
    `Sandbox: ${describeRuntime(runtime)}`,
    `Evidence: ${monitor.complete ? `complete, ${monitor.lines} system calls` : 'incomplete'}; ${result.executionTime} ms, ${result.memoryUsage === null ? 'memory unknown' : `${Math.round(result.memoryUsage / MEGABYTE)} MB`}`,
    `Digest: ${result.digest}${result.signature === null ? ' (not signed: this machine has not joined a registry)' : ', signed'}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** What `doctor` says of an engine that was proved. */
export function showEngine({ runtime, imageDigest, seen, executionTime }: ProvedEngine): string {
  return [
    runtime.unsafe
      ? `! Sandbox: UNSAFE. ${describeRuntime(runtime)}. Dry-runs work and never count.`
      : `✓ Sandbox: ${describeRuntime(runtime)}`,
    `  Monitor: all ${seen} actions of the canary were seen, and nothing else, in ${executionTime} ms`,
    '  Limits: read-only root, disk, unprivileged user and closed network hold',
    `  Image: ${imageDigest}`,
    '',
  ].join('\n');
}

function describeRuntime({ isolation, runtime, kernelGuest, kernelHost, unsafe }: DryRunResult['runtime']): string {
  const names = { gvisor: 'gVisor', kata: 'Kata', runc: 'the host’s own kernel' };
  const proof = unsafe
    ? `${kernelHost}, no isolation by a kernel`
    : `kernel ${kernelGuest}, the host has ${kernelHost}`;
  return `${names[isolation]} by the runtime ${runtime} (${proof})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  - ${plain(line)}`)];
}

/** Names of files and hosts are the tool's words: what would move the cursor or colour the line is taken out. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '�');
}
