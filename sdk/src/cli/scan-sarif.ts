import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Rule } from '../analyze/facts.ts';
import type { Finding, FlowStep, Severity } from '../wire/reports.ts';
import type { Scanned } from './scan-one.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const LEVELS: Record<Severity, 'error' | 'warning' | 'note'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/**
 * The log of a scan in SARIF 2.1.0 (OASIS, errata 01): one run for each path that was scanned, so that a reader tells
 * them apart by `automationDetails`. Addresses are relative to where the command ran; files in a package are artifacts
 * inside it.
 */
export function sarifLog(scans: readonly Scanned[], rules: readonly Rule[], version: string) {
  return { $schema: SCHEMA, version: '2.1.0' as const, runs: scans.map((scanned) => runOf(scanned, rules, version)) };
}

function runOf(scanned: Scanned, rules: readonly Rule[], version: string) {
  const { path, report, notInspected } = scanned;
  const ids = [...new Set(report.findings.map(({ ruleId }) => ruleId))].sort();
  const artifacts = artifactsOf(scanned);
  return {
    tool: { driver: { name: 'aegis', semanticVersion: version, rules: ids.map((id) => descriptorOf(id, rules)) } },
    automationDetails: { id: `aegis/${path}/` },
    columnKind: 'utf16CodeUnits' as const,
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: notInspected.map(({ file, reason }) => ({
          level: 'warning' as const,
          message: { text: `Not inspected: ${file}: ${reason}` },
          locations: [{ physicalLocation: { artifactLocation: artifacts.at(file) } }],
        })),
      },
    ],
    results: report.findings.map((finding) => resultOf(finding, ids.indexOf(finding.ruleId), artifacts)),
    ...(artifacts.list.length === 0 ? {} : { artifacts: artifacts.list }),
    properties: {
      decision: report.decision,
      score: report.score,
      deductions: report.deductions,
      contentDigest: report.contentDigest,
      findingsOmitted: report.findingsOmitted,
    },
  };
}

function descriptorOf(id: string, rules: readonly Rule[]) {
  const rule = rules.find((known) => known.id === id);
  if (rule === undefined) return { id };
  const { title, why, fix, cwe } = rule;
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: why },
    help: { text: `${why}\n\nWhat to do: ${fix}` },
    properties: {
      tags: ['security', ...(cwe === undefined ? [] : [`external/cwe/${cwe.toLowerCase()}`])],
    },
  };
}

function resultOf(finding: Finding, ruleIndex: number, artifacts: Artifacts) {
  const { id, ruleId, severity, kind, check, level, fix, message, flow = [] } = finding;
  return {
    ruleId,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: message },
    locations: [{ physicalLocation: physical(finding, artifacts, finding.excerpt) }],
    partialFingerprints: { 'aegisFinding/v1': id },
    ...(flow.length === 0
      ? {}
      : {
          codeFlows: [
            {
              threadFlows: [
                {
                  locations: flow.map((step) => ({
                    location: { physicalLocation: physical(step, artifacts), message: { text: step.note } },
                  })),
                },
              ],
            },
          ],
        }),
    properties: {
      severity,
      kind,
      ...(check === undefined ? {} : { check }),
      ...(level === undefined ? {} : { level }),
      ...(fix === '' ? {} : { fix }),
    },
  };
}

function physical(
  { file, line, column }: Pick<FlowStep, 'file' | 'line' | 'column'>,
  artifacts: Artifacts,
  excerpt?: string,
) {
  const region = {
    startLine: line,
    startColumn: Math.max(1, column),
    ...(excerpt === undefined ? {} : { snippet: { text: excerpt } }),
  };
  // What is said of a whole file has no line.
  return { artifactLocation: artifacts.at(file), ...(line < 1 ? {} : { region }) };
}

interface Artifacts {
  readonly list: { location: { uri: string }; parentIndex?: number }[];
  at(file: string): { uri: string; index?: number };
}

/** Where the files of a scan lie. Those in a package are listed with the package as their parent. */
function artifactsOf({ path, target, report, notInspected }: Scanned): Artifacts {
  if (target.kind !== 'archive') {
    const at = (file: string) => ({
      uri: uriOf(target.kind === 'file' || file === '' ? path : `${path.replace(/\/+$/, '')}/${file}`),
    });
    return { list: [], at };
  }
  const named = [...report.findings.flatMap(({ file, flow = [] }) => [{ file }, ...flow]), ...notInspected];
  const files = [...new Set(named.map(({ file }) => file))].filter((file) => file !== '').sort();
  const index = new Map(files.map((file, at) => [file, at + 1]));
  return {
    list: [
      { location: { uri: uriOf(path) } },
      ...files.map((file) => ({ location: { uri: uriOf(file) }, parentIndex: 0 })),
    ],
    at: (file) => ({ uri: uriOf(file === '' ? path : file), index: index.get(file) ?? 0 }),
  };
}

function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  const parts = path.split('/').filter((part, at) => part !== '.' || at > 0);
  return parts.map(encodeURIComponent).join('/');
}
