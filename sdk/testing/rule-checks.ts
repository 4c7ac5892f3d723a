import { expect, it } from 'vitest';
import { analyze } from '../src/analyze/analyze.ts';
import type { Rule } from '../src/analyze/facts.ts';
import type { ArchiveProblem, PackageFile } from '../src/archive.ts';
import type { PermissionBlock } from '../src/permissions.ts';
import type { SkillManifest } from '../src/types.ts';
import type { Finding, Severity, StaticReport } from '../src/wire/reports.ts';

/** The files of a package: path to text or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What the manifest of every test package declares, unless the test says otherwise. */
export const DECLARED: PermissionBlock = {
  network: ['api.declared.example', 'sync.example'].map((host) => ({ host, ports: [443], protocol: 'tls' })),
  files: { read: ['data/**', 'notes/**'], write: ['data/**'] },
  environment: { required: ['SERVICE_KEY'], optional: ['STRIPE_KEY'] },
  shell: false,
};

/** A manifest with one tool for each file in `handlers/`. */
export function manifestFor(files: Files, permissions: Partial<PermissionBlock> = {}): SkillManifest {
  const handlers = Object.keys(files).filter((path) => path.startsWith('handlers/') && !path.includes('.bundle.'));
  return {
    name: 'test-skill',
    version: '1.0.0',
    description: 'A package for a test',
    permissions: { ...DECLARED, ...permissions },
    securityLevel: 'low',
    requiresApproval: false,
    limits: { cpus: 1, memoryMb: 128, diskMb: 16, processes: 4, lifeSeconds: 60, callSeconds: 10 },
    tools: handlers.map((handler, index) => ({
      name: `tool_${index}`,
      description: 'A tool for a test',
      returns: { type: 'object', description: 'Anything' },
      handler,
    })),
  };
}

export function packageFiles(files: Files): PackageFile[] {
  return Object.entries(files).map(([path, content]) => ({
    path,
    bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    mode: '0644',
  }));
}

/** The report of a small package. `null` for permissions: a folder without a manifest. */
export async function reportOn(files: Files, permissions: Partial<PermissionBlock> | null = {}): Promise<StaticReport> {
  // A path that leads out of the package never gets so far; the archive's reader complains about it.
  const problems: ArchiveProblem[] = Object.keys(files)
    .filter((path) => path.startsWith('../'))
    .map((path) => ({ path, reason: 'parent-path', message: 'The path leads out of the package.' }));
  return analyze({
    files: packageFiles(files),
    manifest: permissions === null ? null : manifestFor(files, permissions),
    problems,
  });
}

/** A package that a rule is tried on: what it shows, its files (or the text of the sample's file), what is different. */
export interface Case {
  readonly of: string;
  readonly files: Files | string;
  readonly severity?: Severity;
  readonly permissions?: Partial<PermissionBlock> | null;
  /** Part of the message. */
  readonly says?: string;
}

/** Tests that a rule catches its bad sample and these cases, and is silent on its good sample and their benign twins. */
export function testRule(rule: Rule, cases: { caught: readonly Case[]; silent: readonly Case[] }): void {
  const { bad, good } = rule;
  const found = async ({ files, permissions }: Pick<Case, 'files' | 'permissions'>): Promise<Finding[]> => {
    const all = typeof files === 'string' ? { [bad.file]: files } : files;
    const report = await reportOn(all, permissions === undefined ? {} : permissions);
    return report.findings.filter(({ ruleId }) => ruleId === rule.id);
  };
  it(`${rule.id} catches its bad sample`, async () => {
    const [first] = await found({ files: { [bad.file]: bad.source } });
    expect(first).toMatchObject({ ruleId: rule.id, kind: rule.kind, fix: rule.fix });
    expect(first?.check).toBe(rule.check);
    expect(first?.level).toBe(rule.level);
  });
  it(`${rule.id} is silent on its good sample`, async () => {
    expect(await found({ files: { [good.file]: good.source } })).toEqual([]);
  });
  it.each(cases.caught.map((item) => [item.of, item] as const))(`${rule.id} catches %s`, async (_, item) => {
    const [first] = await found(item);
    expect(first).toBeDefined();
    if (item.severity !== undefined) expect(first?.severity).toBe(item.severity);
    if (item.says !== undefined) expect(first?.message).toContain(item.says);
  });
  it.each(cases.silent.map((item) => [item.of, item] as const))(`${rule.id} is silent on %s`, async (_, item) => {
    expect(await found(item)).toEqual([]);
  });
}
