/** One command of a shell text: its words without quotes. `inner` are the commands inside `$(…)`, backticks and `<(…)`. */
export interface ShellCommand {
  readonly words: readonly string[];
  readonly inner: readonly ShellPipeline[];
  /** Files that `>` and `>>` write. */
  readonly writes: readonly string[];
}

/** Commands whose output goes from one to the next. */
export interface ShellPipeline {
  readonly commands: readonly ShellCommand[];
  /** Where it begins, in UTF-16 code units. */
  readonly offset: number;
}

/** Substitutions deeper than this are left out. */
const DEPTH_MAX = 6;
/** A text with more commands has said enough. */
const PIPELINES_MAX = 5000;

/**
 * The commands of a shell text, POSIX or PowerShell, as far as they can be told apart without running anything. Never
 * throws, takes linear time; what does not fit becomes words.
 */
export function parseShell(text: string): ShellPipeline[] {
  const reader: Reader = { text, at: 0, out: [], depth: 0 };
  readPipelines(reader, '');
  return reader.out;
}

interface Reader {
  readonly text: string;
  at: number;
  out: ShellPipeline[];
  depth: number;
}

interface Draft {
  words: string[];
  inner: ShellPipeline[];
  writes: string[];
  word: string;
  hasWord: boolean;
  /** The next word is a file that is written. */
  redirects: boolean;
}

const newDraft = (): Draft => ({ words: [], inner: [], writes: [], word: '', hasWord: false, redirects: false });

/** Reads until `closer`, or to the end when it is empty. */
function readPipelines(reader: Reader, closer: string): void {
  let commands: ShellCommand[] = [];
  let draft = newDraft();
  let offset = -1;
  const endCommand = (): void => {
    endWord(draft);
    if (draft.words.length > 0 || draft.inner.length > 0 || draft.writes.length > 0) {
      commands.push({ words: draft.words, inner: draft.inner, writes: draft.writes });
    }
    draft = newDraft();
  };
  const endPipeline = (): void => {
    endCommand();
    if (commands.length > 0 && reader.out.length < PIPELINES_MAX)
      reader.out.push({ commands, offset: Math.max(0, offset) });
    commands = [];
    offset = -1;
  };
  while (reader.at < reader.text.length) {
    const from = reader.at;
    if (readPlain(reader, draft, PLAIN)) {
      if (offset < 0) offset = from;
      continue;
    }
    const char = reader.text[reader.at] as string;
    if (closer !== '' && char === closer) break;
    if (offset < 0 && !/\s/.test(char)) offset = reader.at;
    if (char === '|' && reader.text[reader.at + 1] !== '|') {
      reader.at += reader.text[reader.at + 1] === '&' ? 2 : 1;
      endCommand();
    } else if (char === '\n' || char === ';' || char === '|' || (char === '&' && reader.text[reader.at - 1] !== '>')) {
      reader.at++;
      endPipeline();
    } else readChar(reader, draft, char);
  }
  endPipeline();
}

/** Characters of ASCII that mean nothing but themselves, and those that mean nothing else inside double quotes. */
const PLAIN = asciiWithout(/[\s\\'"#`$<>()|;&]/);
const QUOTED = asciiWithout(/["\\`$]/);

function asciiWithout(special: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (special.test(String.fromCharCode(code)) ? 0 : 1));
}

/** Takes all the plain characters that come next; false when there are none. */
function readPlain(reader: Reader, draft: Draft, plain: Uint8Array): boolean {
  const { text, at } = reader;
  let end = at;
  while (end < text.length && plain[text.charCodeAt(end)] === 1) end++;
  if (end === at) return false;
  append(draft, text.slice(at, end));
  reader.at = end;
  return true;
}

function endWord(draft: Draft): void {
  if (!draft.hasWord) return;
  if (draft.redirects) draft.writes.push(draft.word);
  else draft.words.push(draft.word);
  draft.word = '';
  draft.hasWord = false;
  draft.redirects = false;
}

function readChar(reader: Reader, draft: Draft, char: string): void {
  const next = reader.text[reader.at + 1] ?? '';
  if (char === '\\') readEscape(reader, draft, next);
  else if (char === "'") readSingle(reader, draft);
  else if (char === '"') readDouble(reader, draft);
  else if (char === '#' && !draft.hasWord) skipComment(reader);
  else if (char === '`' || (next === '(' && (char === '$' || char === '<'))) readInner(reader, draft, char);
  else if (char === '>') readRedirect(reader, draft, next);
  else {
    // Groups do not matter here: `iex(iwr …)` reads as `iex iwr …`.
    if (/[\s()]/.test(char)) endWord(draft);
    else append(draft, char);
    reader.at++;
  }
}

function readRedirect(reader: Reader, draft: Draft, next: string): void {
  // A number in front is a file descriptor, not a word.
  if (/^[0-9&]?$/.test(draft.word)) draft.word = '';
  else endWord(draft);
  draft.hasWord = false;
  draft.redirects = true;
  reader.at += next === '>' ? 2 : 1;
}

function append(draft: Draft, text: string): void {
  draft.word += text;
  draft.hasWord = true;
}

function readEscape(reader: Reader, draft: Draft, next: string): void {
  if (next !== '\n' && next !== '\r') append(draft, next);
  reader.at += next === '\r' ? 3 : 2;
}

function readSingle(reader: Reader, draft: Draft): void {
  const end = reader.text.indexOf("'", reader.at + 1);
  const quoted = end < 0 ? null : reader.text.slice(reader.at + 1, end);
  // An apostrophe in prose is no quote.
  const isQuote = quoted !== null && !quoted.includes('\n\n');
  append(draft, isQuote ? quoted : "'");
  reader.at = isQuote ? end + 1 : reader.at + 1;
}

function readDouble(reader: Reader, draft: Draft): void {
  draft.hasWord = true;
  reader.at++;
  while (reader.at < reader.text.length) {
    if (readPlain(reader, draft, QUOTED)) continue;
    const char = reader.text[reader.at] as string;
    const next = reader.text[reader.at + 1] ?? '';
    if (char === '"') {
      reader.at++;
      return;
    }
    if (char === '\\' && next !== '') {
      append(draft, next);
      reader.at += 2;
    } else if (char === '`' || (char === '$' && next === '(')) readInner(reader, draft, char);
    else {
      append(draft, char);
      reader.at++;
    }
  }
}

function skipComment(reader: Reader): void {
  const end = reader.text.indexOf('\n', reader.at);
  reader.at = end < 0 ? reader.text.length : end;
}

/** `$(…)`, `` `…` `` or `<(…)`. */
function readInner(reader: Reader, draft: Draft, char: string): void {
  append(draft, char === '`' ? '`' : `${char}(`);
  reader.at += char === '`' ? 1 : 2;
  if (reader.depth >= DEPTH_MAX) return;
  const outer = reader.out;
  reader.out = [];
  reader.depth++;
  readPipelines(reader, char === '`' ? '`' : ')');
  reader.depth--;
  reader.at++;
  draft.inner.push(...reader.out);
  reader.out = outer;
}

const PREFIXES = new Set([
  'sudo',
  'doas',
  'env',
  'nohup',
  'exec',
  'command',
  'time',
  'builtin',
  'nice',
  'then',
  'do',
  'else',
  'if',
  '!',
  '&&',
  '$',
  '%',
  'PS>',
  '>',
]);

/** The program that a command runs and its arguments, without `sudo`, assignments and prompts. */
export function programOf(command: ShellCommand): { name: string; args: readonly string[] } {
  let at = 0;
  while (at < command.words.length) {
    const word = command.words[at] ?? '';
    const isOption = at > 0 && word.startsWith('-') && PREFIXES.has(command.words[0] ?? '');
    if (!PREFIXES.has(word) && !/^[A-Za-z_]\w*=/.test(word) && !isOption) break;
    at++;
  }
  const word = command.words[at] ?? '';
  const name = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1).toLowerCase();
  return { name: name.replace(/\.exe$/, ''), args: command.words.slice(at + 1) };
}
