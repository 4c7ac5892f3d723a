import type { FieldError } from './errors.ts';
import { isMapping, show } from './field-errors.ts';
import { readYaml } from './yaml-source.ts';

/** The front matter of Agent Skills: YAML between two lines of three hyphens at the very beginning. */
const FRONT_MATTER = /^\uFEFF?---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|$)/s;

/**
 * Where a `SKILL.md` disagrees with the manifest beside it: its name and description have to say the same, because
 * agents read the one and reviewers the other. A field of the manifest that is no text itself is not compared.
 */
export function skillFileErrors(text: string, manifest: { name?: unknown; description?: unknown }): FieldError[] {
  const source = FRONT_MATTER.exec(text)?.[1];
  if (source === undefined) {
    const fix = 'Begin the file with ---, name: …, description: …, ---, as Agent Skills says.';
    return [{ pointer: '', detail: 'SKILL.md has no front matter', file: 'SKILL.md', line: 1, column: 1, fix }];
  }
  const { value, errors, placeOf } = readYaml(source);
  // The first line of the file is the hyphens.
  const at = ({ line, column }: { line: number; column: number }) => ({ file: 'SKILL.md', line: line + 1, column });
  const broken = errors.map(({ detail, fix, place }) => ({ pointer: '', detail, ...at(place), fix }));
  if (broken.length > 0) return broken;
  if (!isMapping(value)) {
    const fix = 'Write name: … and description: … there.';
    return [{ pointer: '', detail: 'The front matter is no mapping', file: 'SKILL.md', line: 2, column: 1, fix }];
  }
  return (['name', 'description'] as const).flatMap((key): FieldError[] => {
    const wanted = manifest[key];
    if (typeof wanted !== 'string' || sameText(value[key], wanted)) return [];
    const detail = `SKILL.md has the ${key} ${show(value[key])}, the manifest has ${show(wanted)}`;
    return [{ pointer: `/${key}`, detail, ...at(placeOf([key], 'value')), fix: `Give both the same ${key}.` }];
  });
}

/** Equal up to line breaks, which YAML folds in several ways. */
function sameText(found: unknown, wanted: string): boolean {
  const folded = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim();
  return typeof found === 'string' && folded(found) === folded(wanted);
}
