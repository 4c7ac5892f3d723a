import type { Io } from './io.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;
export type Style = keyof typeof CODES;
/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours only where a person reads, and never under NO_COLOR (no-color.org); FORCE_COLOR asks for them in a pipe. */
export function paintFor(io: Io, stream: 'stdout' | 'stderr'): Paint {
  const wanted = io.env.FORCE_COLOR !== undefined && io.env.FORCE_COLOR !== '0';
  const coloured = (io.env.NO_COLOR ?? '') === '' && io.env.TERM !== 'dumb' && (wanted || io.terminal[stream]);
  return coloured ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_style, text) => text;
}

/** Text from elsewhere, so that it cannot move the cursor or hide what stands on the screen. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD');
}

/** `1 file`, `2 files`, `1,024 files`. */
export function count(number: number, noun: string): string {
  // Not by `toLocaleString`: its first call takes longer than all else that a small command does.
  const digits = String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${digits} ${noun}${number === 1 ? '' : 's'}`;
}

/** `512 B`, `12.3 KiB`, `4.0 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Columns side by side, two spaces between; the last one is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows
    .map(
      (row) => indent + row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** What takes longer than this says so. */
const SILENT_MS = 400;

/** One line on the terminal that tells where something stands, and goes away; nothing where nobody looks. */
export interface ProgressLine {
  update(text: string): void;
  done(): void;
}

export function progressLine(io: Io, quiet: boolean): ProgressLine {
  if (quiet || !io.terminal.stderr) return { update: () => {}, done: () => {} };
  const startedAtMs = io.now();
  let shown = '';
  let latest = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    shown = latest;
    io.stderr(`\r\u001b[2K${plain(latest)}`);
  };
  return {
    update(text) {
      latest = text;
      if (text === shown) return;
      if (io.now() - startedAtMs >= SILENT_MS) draw();
      // Also what says only once what it does is seen when that takes long.
      else timer ??= setTimeout(draw, SILENT_MS).unref();
    },
    done() {
      clearTimeout(timer);
      timer = undefined;
      if (shown !== '') io.stderr('\r\u001b[2K');
      shown = '';
    },
  };
}
