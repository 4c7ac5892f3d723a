import type { Dialect } from '../code/parse.ts';

/** What a file is to the analyzer. */
export type FileKind =
  | { kind: 'code'; dialect: Dialect }
  | { kind: 'shell' | 'markdown' | 'python' | 'json' | 'text' | 'other-code' }
  /** `words` says what it is, for people. */
  | { kind: 'binary'; words: string; danger: 'runs' | 'archive' | 'document' | 'none' };

const CODE: Readonly<Record<string, Dialect>> = {
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'tsx',
};

const SHELL = new Set(['sh', 'bash', 'zsh', 'ksh', 'fish', 'command', 'ps1', 'psm1', 'bat', 'cmd']);
const MARKDOWN = new Set(['md', 'mdx', 'markdown', 'mdc']);
const OTHER_CODE: Readonly<Record<string, string>> = {
  rb: 'Ruby',
  pl: 'Perl',
  php: 'PHP',
  lua: 'Lua',
  go: 'Go',
  rs: 'Rust',
  java: 'Java',
  kt: 'Kotlin',
  swift: 'Swift',
  c: 'C',
  cc: 'C++',
  cpp: 'C++',
  cs: 'C#',
  scpt: 'AppleScript',
  applescript: 'AppleScript',
  vbs: 'VBScript',
  vue: 'Vue',
  svelte: 'Svelte',
  html: 'HTML',
  htm: 'HTML',
  svg: 'SVG',
  r: 'R',
  jl: 'Julia',
  ex: 'Elixir',
};

/** The lower-case extension of a path, without the dot; empty when there is none. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** The language of a file that is scanned lexically only, in words; null when it holds no such language. */
export function otherLanguage(path: string): string | null {
  const extension = extensionOf(path);
  return Object.hasOwn(OTHER_CODE, extension) ? (OTHER_CODE[extension] ?? null) : null;
}

/**
 * What a file is. A name that promises code or text is believed, whatever the bytes begin with: a NUL in front must not
 * keep a script from being read. `isLoaded`: some code loads it as a module, whatever its name.
 */
export function fileKind(path: string, bytes: Uint8Array, isLoaded: boolean): FileKind {
  const extension = extensionOf(path);
  const dialect = Object.hasOwn(CODE, extension) ? CODE[extension] : undefined;
  if (dialect !== undefined) return { kind: 'code', dialect };
  if (SHELL.has(extension)) return { kind: 'shell' };
  if (MARKDOWN.has(extension)) return { kind: 'markdown' };
  if (extension === 'py' || extension === 'pyw') return { kind: 'python' };
  if (extension === 'json' || extension === 'jsonc' || extension === 'map') return { kind: 'json' };
  if (otherLanguage(path) !== null) return { kind: 'other-code' };
  const magic = magicOf(bytes);
  if (magic !== null) return { kind: 'binary', ...magic };
  if (!isText(bytes)) return { kind: 'binary', words: 'a binary file', danger: 'none' };
  const interpreter = interpreterOf(bytes);
  if (interpreter !== null) return interpreter;
  return isLoaded ? { kind: 'code', dialect: 'javascript' } : { kind: 'text' };
}

type Magic = { words: string; danger: 'runs' | 'archive' | 'document' | 'none' };

const MAGICS: readonly (readonly [string, Magic])[] = [
  ['7f454c46', { words: 'a Linux program (ELF)', danger: 'runs' }],
  ['4d5a', { words: 'a Windows program (PE)', danger: 'runs' }],
  ['feedface', { words: 'a macOS program (Mach-O)', danger: 'runs' }],
  ['feedfacf', { words: 'a macOS program (Mach-O)', danger: 'runs' }],
  ['cefaedfe', { words: 'a macOS program (Mach-O)', danger: 'runs' }],
  ['cffaedfe', { words: 'a macOS program (Mach-O)', danger: 'runs' }],
  ['cafebabe', { words: 'a macOS program or Java class', danger: 'runs' }],
  ['0061736d', { words: 'a WebAssembly module', danger: 'runs' }],
  ['6465780a', { words: 'an Android program (DEX)', danger: 'runs' }],
  ['504b0304', { words: 'a zip archive or Office document', danger: 'archive' }],
  ['504b0506', { words: 'a zip archive', danger: 'archive' }],
  ['1f8b', { words: 'a gzip archive', danger: 'archive' }],
  ['425a68', { words: 'a bzip2 archive', danger: 'archive' }],
  ['fd377a585a00', { words: 'an xz archive', danger: 'archive' }],
  ['377abcaf271c', { words: 'a 7z archive', danger: 'archive' }],
  ['52617221', { words: 'a RAR archive', danger: 'archive' }],
  ['28b52ffd', { words: 'a zstd archive', danger: 'archive' }],
  ['d0cf11e0a1b11ae1', { words: 'an Office document with possible macros', danger: 'document' }],
  ['25504446', { words: 'a PDF document', danger: 'document' }],
  ['89504e47', { words: 'a PNG image', danger: 'none' }],
  ['ffd8ff', { words: 'a JPEG image', danger: 'none' }],
  ['47494638', { words: 'a GIF image', danger: 'none' }],
  ['52494646', { words: 'a WebP image or sound', danger: 'none' }],
  ['774f4646', { words: 'a font', danger: 'none' }],
  ['774f4632', { words: 'a font', danger: 'none' }],
  ['53514c69746520', { words: 'an SQLite database', danger: 'none' }],
];

const COMPILED: Readonly<Record<string, string>> = {
  pyc: 'compiled Python',
  pyo: 'compiled Python',
  node: 'a native Node module',
  wasm: 'a WebAssembly module',
  exe: 'a Windows program',
  dll: 'a Windows library',
  so: 'a Linux library',
  dylib: 'a macOS library',
  jar: 'a Java archive',
  class: 'a Java class',
};

/** What the first bytes or the extension of a compiled format say; null for everything else. */
export function magicOf(bytes: Uint8Array, path = ''): Magic | null {
  const compiled = COMPILED[extensionOf(path)];
  if (compiled !== undefined) return { words: compiled, danger: 'runs' };
  let head = '';
  for (const byte of bytes.subarray(0, 8)) head += byte.toString(16).padStart(2, '0');
  for (const [magic, meaning] of MAGICS) {
    // Two or three letters are also how a text may begin.
    if (head.startsWith(magic) && (magic.length >= 8 || !isText(bytes))) return meaning;
  }
  return null;
}

/** Bytes that are looked at to tell text from data. */
const SNIFF_BYTES = 8192;

function isText(bytes: Uint8Array): boolean {
  if (isUtf16(bytes)) return true;
  let odd = 0;
  const head = bytes.subarray(0, SNIFF_BYTES);
  for (const byte of head) {
    if (byte === 0) return false;
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) odd++;
  }
  return odd * 20 <= head.length;
}

function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** The text of a file: UTF-8, or UTF-16 with its mark. What is not valid becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  if (!isUtf16(bytes)) return new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes);
  const isLittle = bytes[0] === 0xff;
  let text = '';
  for (let at = 2; at + 1 < bytes.length; at += 2) {
    const low = bytes[at] ?? 0;
    const high = bytes[at + 1] ?? 0;
    text += String.fromCharCode(isLittle ? low | (high << 8) : high | (low << 8));
  }
  return text;
}

function interpreterOf(bytes: Uint8Array): FileKind | null {
  if (bytes[0] !== 0x23 || bytes[1] !== 0x21) return null;
  const line = new TextDecoder().decode(bytes.subarray(0, 200)).split('\n', 1)[0] ?? '';
  if (/\b(node|deno|bun)\b/.test(line)) return { kind: 'code', dialect: 'javascript' };
  if (/\bpython/.test(line)) return { kind: 'python' };
  if (/\b(ba|z|k|da|fi)?sh\b/.test(line)) return { kind: 'shell' };
  return { kind: 'other-code' };
}
