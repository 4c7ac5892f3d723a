/** A place in a file of the package; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line of source, at most 200 characters around the column. */
  readonly excerpt: string;
}

const EXCERPT_LENGTH_MAX = 200;
/** Shown before the column when a line is cut. */
const EXCERPT_LEAD = 60;

/** The text of one file, with lines worked out from offsets when they are asked for. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  private starts: number[] | null = null;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** The place of an offset in UTF-16 code units; offsets outside the text are moved into it. */
  place(offset: number): Place {
    const at = Math.max(0, Math.min(offset, this.text.length));
    const starts = this.lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const start = starts[low] ?? 0;
    return { file: this.path, line: low + 1, column: at - start + 1, excerpt: this.excerpt(start, at) };
  }

  private excerpt(start: number, at: number): string {
    const end = this.text.indexOf('\n', at);
    const stop = end < 0 ? this.text.length : end;
    const from = stop - start <= EXCERPT_LENGTH_MAX ? start : Math.max(start, at - EXCERPT_LEAD);
    return visible(this.text.slice(from, Math.min(stop, from + EXCERPT_LENGTH_MAX))).trim();
  }

  private lineStarts(): number[] {
    if (this.starts === null) {
      this.starts = [0];
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) this.starts.push(at + 1);
    }
    return this.starts;
  }
}

/** Program text that stands inside another file, or is made while that runs: all of it is at the place that runs it. */
export class EmbeddedText extends SourceText {
  private readonly host: Place;

  constructor(host: Place, text: string) {
    super(host.file, text);
    this.host = host;
  }

  override place(): Place {
    return this.host;
  }
}

/** Lone surrogates cannot be written as JSON, and what nobody can see must not hide in a report either. */
export function visible(text: string): string {
  return text
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .replace(INVISIBLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\uffff]|[\ufe00-\ufe0e]|[\u{e0000}-\u{e01ef}]/gu;
