import type { SkillFileContent } from '@aegis/skill-sdk/wire/skills';
import { diffLines } from 'diff';
import { counted } from '../format.ts';
import { isMarkdown, renderMarkdown } from './markdown.ts';

export type ViewName = 'rendered' | 'raw' | 'diff';

/** One line of a diff; numbers from 1, null on the side where the line is not. */
export interface DiffRow {
  kind: 'same' | 'added' | 'removed' | 'gap';
  before: number | null;
  after: number | null;
  text: string;
}

/** One file, ready to be shown. */
export interface FileView {
  path: string;
  size: number;
  change: SkillFileContent['change'];
  /** The views that this file has; empty for a binary file. */
  views: ViewName[];
  view: ViewName | null;
  html: string | null;
  lines: string[];
  rows: DiffRow[];
}

const CONTEXT_LINES = 3;
const LINES_MAX = 20_000;

/** The file in the wanted view, or in its best one: a changed file as a diff, Markdown rendered, all else as text. */
export function viewFile(file: SkillFileContent, wanted: string | null): FileView {
  const views = viewsOf(file);
  const view = views.find((name) => name === wanted) ?? views[0] ?? null;
  const content = file.content ?? '';
  return {
    path: file.path,
    size: file.size,
    change: file.change,
    views,
    view,
    html: view === 'rendered' ? renderMarkdown(content) : null,
    lines: view === 'raw' ? linesOf(content).slice(0, LINES_MAX) : [],
    rows: view === 'diff' ? diffRows(file.approvedContent ?? '', content) : [],
  };
}

function viewsOf(file: SkillFileContent): ViewName[] {
  if (file.content === null) return [];
  const plain: ViewName[] = isMarkdown(file.path) ? ['rendered', 'raw'] : ['raw'];
  return file.change === 'changed' && file.approvedContent !== null ? ['diff', ...plain] : plain;
}

/** Lines without the empty one after a last newline. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Before and after, line by line; three lines around each change, the rest as one `gap` that counts them. */
export function diffRows(before: string, after: string): DiffRow[] {
  let beforeLine = 0;
  let afterLine = 0;
  const rows: DiffRow[] = diffLines(before, after).flatMap((part) =>
    linesOf(part.value).map((text): DiffRow => {
      if (part.added) return { kind: 'added', before: null, after: ++afterLine, text };
      if (part.removed) return { kind: 'removed', before: ++beforeLine, after: null, text };
      return { kind: 'same', before: ++beforeLine, after: ++afterLine, text };
    }),
  );
  return fold(rows.slice(0, LINES_MAX));
}

function fold(rows: DiffRow[]): DiffRow[] {
  const near = new Set<number>();
  rows.forEach((row, index) => {
    if (row.kind === 'same') return;
    for (let other = index - CONTEXT_LINES; other <= index + CONTEXT_LINES; other++) near.add(other);
  });
  const folded: DiffRow[] = [];
  let hidden = 0;
  const closeGap = () => {
    if (hidden > 0) folded.push({ kind: 'gap', before: null, after: null, text: counted(hidden, 'unchanged line') });
    hidden = 0;
  };
  rows.forEach((row, index) => {
    if (!near.has(index)) {
      hidden++;
      return;
    }
    closeGap();
    folded.push(row);
  });
  closeGap();
  return folded;
}
