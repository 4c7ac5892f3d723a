import type { PackageFile } from './archive.ts';
import { canonicalJson } from './canonical.ts';
import { AegisError, type FieldError } from './errors.ts';
import { asMapping, type Complaint, checkShape, nearest, type ShapeError, show, toFieldError } from './field-errors.ts';
import { MANIFEST_ERRORS_MAX, RUN_LIMITS } from './limits.ts';
import { crossErrors } from './manifest-cross-check.ts';
import { HANDLER_EXTENSIONS, handlerComplaint } from './manifest-rules.ts';
import { ManifestShape, type ParameterShape, type ToolShape } from './manifest-shape.ts';
import { toGrant } from './network.ts';
import { sortPermissions } from './permissions.ts';
import { skillFileErrors } from './skill-file.ts';
import type { Limits, SkillManifest, ToolDefinition, ToolParameter } from './types.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/** What a check of a manifest gives: the manifest when nothing is wrong, else every error. */
export interface ManifestCheck {
  manifest: SkillManifest | null;
  errors: FieldError[];
}

/**
 * The manifest of a `manifest.yaml`, with every default filled in. Throws MANIFEST_INVALID with everything wrong in it.
 * @example parseManifest('name: hello\nversion: 1.0.0\ndescription: Says hello.\n')
 */
export function parseManifest(text: string): SkillManifest {
  const { manifest, errors } = checkManifest(text);
  if (manifest === null) throw invalid(errors);
  return manifest;
}

/** The same without throwing: each error with its pointer, line, column and fix, in the order of the text (A55). */
export function checkManifest(text: string): ManifestCheck {
  const source = readYaml(text);
  const { manifest, errors } = checkSource(source);
  const placed = placeErrors(source, errors);
  return { manifest: placed.length === 0 ? manifest : null, errors: placed };
}

/** The same for a manifest that comes as a JSON value and so has no lines. */
export function checkManifestValue(value: unknown): ManifestCheck {
  const { manifest, errors } = checkValue(value);
  return { manifest, errors: errors.slice(0, MANIFEST_ERRORS_MAX).map(toFieldError) };
}

/**
 * The manifest of a package, and whether the package keeps what it says: its handlers exist, `SKILL.md` agrees with it,
 * and a skill without tools has a `SKILL.md`. Paths are those of `unpack`.
 */
export function checkPackage(files: readonly PackageFile[]): ManifestCheck {
  const manifestText = textOf(files, MANIFEST);
  const skillText = textOf(files, 'SKILL.md');
  const paths = new Set(files.map((file) => file.path));
  if (manifestText === undefined) return { manifest: null, errors: [missingManifest(paths)] };
  if (manifestText === null) return { manifest: null, errors: [notUtf8(MANIFEST)] };
  const source = readYaml(manifestText);
  const { manifest, errors } = checkSource(source);
  const value = asMapping(source.value);
  const has = { paths, isDocumented: skillText !== undefined };
  const lacking = source.value === undefined ? [] : toolErrors(value.tools, has);
  const all = [
    ...placeErrors(source, [...errors, ...lacking]),
    ...(skillText === null ? [notUtf8('SKILL.md')] : []),
    ...(typeof skillText === 'string' ? skillFileErrors(skillText, value) : []),
  ];
  return { manifest: all.length === 0 ? manifest : null, errors: all };
}

/** True when both mean the same: equal as normalised values, however they were spelled. */
export function sameManifest(left: SkillManifest, right: SkillManifest): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/** The parts of a handler: `./handlers/all#list` is the path `handlers/all` and the export `list` (else `default`). */
export function parseHandler(handler: string): { path: string; exportName: string } {
  const hash = handler.indexOf('#');
  const path = hash === -1 ? handler : handler.slice(0, hash);
  return { path: plainPath(path), exportName: hash === -1 ? 'default' : handler.slice(hash + 1) };
}

/** The source file that a handler names, among the paths of a package; null when it is not there. */
export function handlerFile(handler: string, paths: ReadonlySet<string>): string | null {
  const { path } = parseHandler(handler);
  const candidates = EXTENSION.test(path) ? [path] : HANDLER_EXTENSIONS.map((extension) => `${path}${extension}`);
  return candidates.find((candidate) => paths.has(candidate)) ?? null;
}

/** Where `aegis build` puts the bundle of a JavaScript or TypeScript handler: beside its source. */
export function bundleFile(handler: string): string {
  return `${parseHandler(handler).path.replace(EXTENSION, '')}.bundle.mjs`;
}

const MANIFEST = 'manifest.yaml';
const EXTENSION = /\.(?:ts|tsx|mjs|js|cjs|py)$/;

function invalid(errors: readonly FieldError[]): AegisError {
  const [first] = errors.map(({ line, column, detail, fix }) => `${MANIFEST}:${line}:${column}: ${detail}. ${fix}`);
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AegisError('MANIFEST_INVALID', { detail: `${first}${more}`, errors: [...errors] });
}

/** The fields of a text; nothing when the text itself is unreadable, which `placeErrors` tells. */
function checkSource({ value }: YamlSource): { manifest: SkillManifest | null; errors: ShapeError[] } {
  return value === undefined ? { manifest: null, errors: [] } : checkValue(value);
}

function checkValue(value: unknown): { manifest: SkillManifest | null; errors: ShapeError[] } {
  const { data, errors } = checkShape(ManifestShape, value);
  const all = [...errors, ...crossErrors(value)];
  return { manifest: data === null || all.length > 0 ? null : normalise(data), errors: all };
}

function placeErrors(source: YamlSource, errors: readonly ShapeError[]): FieldError[] {
  const found = errors.map((error) => ({ ...error, place: source.placeOf(error.path, error.at) }));
  return [...source.errors, ...found]
    .sort((left, right) => left.place.line - right.place.line || left.place.column - right.place.column)
    .slice(0, MANIFEST_ERRORS_MAX)
    .map(({ place, ...error }) => ({ ...toFieldError(error), file: MANIFEST, ...place }));
}

/** Every default filled in, every permission in its long form, everything sorted that has no order of its own. */
function normalise(shape: ManifestShape): SkillManifest {
  const { name, version, description, author, license, permissions = {}, securityLevel = 'medium' } = shape;
  const { network = [], files = {}, environment = {}, shell = false } = permissions;
  return {
    name,
    version,
    description,
    ...(author === undefined ? {} : { author }),
    ...(license === undefined ? {} : { license }),
    permissions: sortPermissions({
      network: network.map(toGrant),
      files: { read: (files.read ?? []).map(plainPath), write: (files.write ?? []).map(plainPath) },
      environment: { required: environment.required ?? [], optional: environment.optional ?? [] },
      shell,
    }),
    securityLevel,
    requiresApproval: shape.requiresApproval ?? (securityLevel === 'high' || securityLevel === 'critical'),
    limits: { ...LIMITS_DEFAULT, ...shape.limits },
    tools: (shape.tools ?? []).map(normaliseTool).sort((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

const LIMITS_DEFAULT: Limits = {
  cpus: RUN_LIMITS.cpus.default,
  memoryMb: RUN_LIMITS.memoryMb.default,
  diskMb: RUN_LIMITS.diskMb.default,
  processes: RUN_LIMITS.processes.default,
  lifeSeconds: RUN_LIMITS.lifeSeconds.default,
  callSeconds: RUN_LIMITS.callSeconds.default,
};

const plainPath = (path: string) => path.normalize('NFC').replace(/^\.\//, '');

function normaliseTool(tool: ToolShape): ToolDefinition {
  const { name, description, parameters = [], inputSchema, returns, handler, annotations } = tool;
  const input = inputSchema === undefined ? { parameters: parameters.map(normaliseParameter) } : { inputSchema };
  return { name, description, ...input, returns, handler, ...(annotations === undefined ? {} : { annotations }) };
}

function normaliseParameter(parameter: ParameterShape): ToolParameter {
  const { name, type, description, required = false, default: value } = parameter;
  return { name, type, description, required, ...(value === undefined ? {} : { default: value }) };
}

/** What a tool needs from the package: its handler, with a bundle of its own; a skill without tools its SKILL.md. */
function toolErrors(tools: unknown, has: { paths: ReadonlySet<string>; isDocumented: boolean }): ShapeError[] {
  if (tools === undefined || (Array.isArray(tools) && tools.length === 0)) {
    if (has.isDocumented) return [];
    const fix = 'Add a tool, or write a SKILL.md.';
    return [{ path: ['tools'], at: 'key', detail: 'The skill has neither tools nor a SKILL.md', fix }];
  }
  if (!Array.isArray(tools)) return [];
  const bundles = new Map<string, string>();
  return tools.flatMap((tool: unknown, index): ShapeError[] => {
    const { handler } = asMapping(tool);
    if (typeof handler !== 'string' || handlerComplaint(handler) !== null) return [];
    const complaint = handlerFileComplaint(handler, { paths: has.paths, bundles });
    return complaint === null ? [] : [{ path: ['tools', index, 'handler'], at: 'value', ...complaint }];
  });
}

function handlerFileComplaint(
  handler: string,
  { paths, bundles }: { paths: ReadonlySet<string>; bundles: Map<string, string> },
): Complaint | null {
  const file = handlerFile(handler, paths);
  if (file === null) {
    const near = nearest(
      plainPath(handler),
      [...paths].filter((path) => EXTENSION.test(path)),
    );
    const fix = near === null ? 'Create the file, or correct the path.' : `Did you mean "./${near}"?`;
    return { detail: `The handler ${show(handler)} does not exist in the package`, fix };
  }
  if (file.endsWith('.py')) return null;
  const other = bundles.get(bundleFile(handler)) ?? file;
  bundles.set(bundleFile(handler), file);
  if (other === file) return null;
  return { detail: `"${file}" and "${other}" would be bundled into one file`, fix: 'Rename one of them.' };
}

/** The text of a file; undefined when it is not there, null when it is no UTF-8. */
function textOf(files: readonly PackageFile[], path: string): string | null | undefined {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(file.bytes);
  } catch {
    // The only thing that a fatal decoder throws for.
    return null;
  }
}

function missingManifest(paths: ReadonlySet<string>): FieldError {
  const near = [...paths].find((path) => /(?:^|\/)manifest\.ya?ml$/i.test(path));
  const fix = near === undefined ? 'Add it; `aegis init` writes one.' : `Move "${near}" there.`;
  return { pointer: '', detail: `There is no ${MANIFEST} at the top of the package`, file: MANIFEST, fix };
}

function notUtf8(file: string): FieldError {
  return { pointer: '', detail: `${file} is not UTF-8 text`, file, fix: 'Save it as UTF-8.' };
}
