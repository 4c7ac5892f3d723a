/** One part of a Markdown text. */
export interface MarkdownPart {
  readonly kind: 'prose' | 'fence' | 'inline' | 'comment';
  readonly text: string;
  /** Where `text` begins, in UTF-16 code units. */
  readonly offset: number;
  /** The word after the fence, lower case; else ''. */
  readonly language: string;
  /** The headings above, from the top. */
  readonly headings: readonly string[];
  /** What stands right in front: the line or two that introduce it. */
  readonly lead: string;
}

const LEAD_LENGTH_MAX = 240;

/**
 * The parts of a Markdown text, in order. Paragraphs of prose keep their inline code; each inline code is a part of its
 * own too. Linear, never throws.
 */
export function parseMarkdown(text: string): MarkdownPart[] {
  const parts: MarkdownPart[] = [];
  const state: State = { parts, headings: [], paragraph: null, lead: '' };
  let fence: { mark: string; language: string; offset: number; text: string } | null = null;
  let offset = 0;
  for (const whole of withoutComments(text, parts).split('\n')) {
    const next = offset + whole.length + 1;
    const line = whole.endsWith('\r') ? `${whole.slice(0, -1)} ` : whole;
    const mark = /^[ \t>]{0,12}(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence !== null) {
      if (mark !== null && (mark[1] ?? '').startsWith(fence.mark) && (mark[2] ?? '').trim() === '') {
        push(state, 'fence', fence.text, fence.offset, fence.language);
        fence = null;
      } else fence.text += `${line}\n`;
    } else if (mark !== null) {
      endParagraph(state);
      const language = (mark[2] ?? '').trim().split(/[\s,{]/, 1)[0] ?? '';
      fence = { mark: mark[1] ?? '', language: language.toLowerCase(), offset: next, text: '' };
    } else readLine(state, line, offset);
    offset = next;
  }
  if (fence !== null) push(state, 'fence', fence.text, fence.offset, fence.language);
  endParagraph(state);
  return parts;
}

interface State {
  readonly parts: MarkdownPart[];
  headings: string[];
  paragraph: { text: string; offset: number } | null;
  lead: string;
}

function readLine(state: State, line: string, offset: number): void {
  const heading = /^ {0,3}(#{1,6})\s(.*)$/.exec(line);
  const level = heading?.[1]?.length ?? 0;
  if (heading !== null || line.trim() === '' || /^\s*([-*+]|\d+[.)])\s/.test(line)) endParagraph(state);
  if (heading !== null) state.headings = [...state.headings.slice(0, level - 1), (heading[2] ?? '').trim()];
  if (line.trim() === '') return;
  if (state.paragraph === null) state.paragraph = { text: line, offset };
  else state.paragraph.text += `\n${line}`;
  if (heading !== null) endParagraph(state);
}

function endParagraph(state: State): void {
  const { paragraph } = state;
  if (paragraph === null) return;
  state.paragraph = null;
  push(state, 'prose', paragraph.text, paragraph.offset, '');
  for (const match of paragraph.text.matchAll(/(`{1,2})([^`\n]{2,2000})\1/g)) {
    const at = (match.index ?? 0) + (match[1]?.length ?? 1);
    const before = paragraph.text.slice(Math.max(0, at - LEAD_LENGTH_MAX), at);
    state.parts.push({
      kind: 'inline',
      text: match[2] ?? '',
      offset: paragraph.offset + at,
      language: '',
      headings: state.headings,
      lead: before,
    });
  }
  state.lead = paragraph.text.slice(-LEAD_LENGTH_MAX);
}

function push(state: State, kind: 'prose' | 'fence', text: string, offset: number, language: string): void {
  state.parts.push({ kind, text, offset, language, headings: state.headings, lead: state.lead });
}

/** HTML comments become parts of their own, and blanks in the text, so that no offset moves. */
function withoutComments(text: string, parts: MarkdownPart[]): string {
  if (!text.includes('<!--')) return text;
  let out = '';
  let at = 0;
  for (let start = text.indexOf('<!--'); start >= 0; start = text.indexOf('<!--', at)) {
    const end = text.indexOf('-->', start + 4);
    const stop = end < 0 ? text.length : end;
    const comment = text.slice(start + 4, stop);
    parts.push({ kind: 'comment', text: comment, offset: start + 4, language: '', headings: [], lead: '' });
    const close = Math.min(text.length, stop + 3);
    out += text.slice(at, start) + text.slice(start, close).replace(/[^\n]/g, ' ');
    at = close;
  }
  return out + text.slice(at);
}

const WARNS =
  /\b(never|do(?:es)? not|don['’]t|must not|should not|shouldn['’]t|avoid|refuse to|instead of)\s+(?:\w+\s+){0,3}?(run|use|execute|pipe|piping|paste|install|trust|copy|do|follow|obey|accept|read|print|send|commit|include|running|using)\b|(^|\s)(❌|🚫|⛔)|\b(bad|wrong|unsafe|insecure|dangerous|malicious|anti-?pattern|vulnerable)\b[^.\n]{0,40}[:(]/i;
const ABOUT_ATTACKS =
  /\b(attack|threat|malicious|vulnerab|exploit|anti-?pattern|red flags?|security (review|audit|check)|detect|injection|what to (look|watch)|suspicious|never|do not|don['’]t|avoid|unsafe|bad example|warning signs|jailbreak)/i;

/** True when a text warns of what it shows: by its own words in front, or by the headings that it stands under. */
export function warnsOf(part: { lead: string; headings: readonly string[] }): boolean {
  return WARNS.test(part.lead.slice(-LEAD_LENGTH_MAX)) || part.headings.some((heading) => ABOUT_ATTACKS.test(heading));
}
