export interface Call {
  name: string;
  args: string[];
  result: string;
}

/** `name(arguments) = result`; null for what is none. */
export function parseCall(text: string): Call | null {
  const open = text.indexOf('(');
  if (open <= 0) return null;
  const name = text.slice(0, open);
  const close = closingOf(text, open);
  if (close < 0) return null;
  const result = /^\s*=\s*(.*)$/.exec(text.slice(close + 1))?.[1];
  if (result === undefined) return null;
  return { name, args: splitArguments(text.slice(open + 1, close)), result };
}

/** Where the parenthesis that opens at `open` closes. */
function closingOf(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const end = skipped(text, at);
    if (end > at) at = end;
    else if ('([{'.includes(text[at] ?? '')) depth++;
    else if (')]}'.includes(text[at] ?? '') && --depth === 0) return at;
  }
  return -1;
}

export function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const end = skipped(text, at);
    if (end > at) at = end;
    else if ('([{'.includes(text[at] ?? '')) depth++;
    else if (')]}'.includes(text[at] ?? '')) depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === '' ? parts : [...parts, last];
}

/** The end of a string in quotes, or of what stands behind a descriptor, that begins here; else `at` itself. */
function skipped(text: string, at: number): number {
  if (text[at] === '"') {
    for (let end = at + 1; end < text.length; end++) {
      if (text[end] === '\\') end++;
      else if (text[end] === '"') return end;
    }
    return text.length;
  }
  if (text[at] === '<' && text[at + 1] !== '<' && /[\dD]/.test(text[at - 1] ?? '')) {
    const end = text.indexOf('>', at);
    return end < 0 ? text.length : end;
  }
  return at;
}

/** What stands behind a descriptor: `17</job/data>` is `/job/data`. */
export function annotated(text: string): string | null {
  const found = /^(?:-?\d+|AT_FDCWD)<(.*)>(?:\(deleted\))?$/s.exec(text)?.[1];
  return found === undefined ? null : fromEscapes(found).replace(/ \(deleted\)$/, '');
}

/** A quoted string; null for what is none (a null pointer, an address). */
export function unquote(text: string): string | null {
  const found = /^"(.*)"(?:\.\.\.)?$/s.exec(text)?.[1];
  return found === undefined ? null : fromEscapes(found);
}

const SHORT_ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12, '"': 34, '\\': 92 };

/** Undoes C escapes: bytes in octal, which together are UTF-8. */
export function fromEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const octal = /^\\([0-7]{1,3})/.exec(text.slice(at, at + 4))?.[1];
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8) & 0xff);
      at += octal.length;
    } else if (text[at] === '\\') {
      at++;
      bytes.push(SHORT_ESCAPES[text[at] ?? ''] ?? text.charCodeAt(at) & 0xff);
    } else bytes.push(text.charCodeAt(at) & 0xff);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

export function errnoOf(result: string): string | null {
  return /^-1 (E[A-Z0-9]+)/.exec(result)?.[1] ?? null;
}

export function addressesIn(text: string): { family: 'inet' | 'unix'; address: string; port: number }[] {
  const found: { family: 'inet' | 'unix'; address: string; port: number }[] = [];
  const inet = /sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\("([\d.]+)"\)/g;
  for (const [, port, address = ''] of text.matchAll(inet)) found.push({ family: 'inet', address, port: Number(port) });
  const inet6 = /sa_family=AF_INET6, sin6_port=htons\((\d+)\),[^}]*?inet_pton\(AF_INET6, "([^"]+)"/g;
  for (const [, port, address = ''] of text.matchAll(inet6)) {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
    found.push({ family: 'inet', address: mapped ?? address, port: Number(port) });
  }
  const unix = /sa_family=AF_UNIX, sun_path=(@?)"((?:[^"\\]|\\.)*)"/g;
  for (const [, at = '', path = ''] of text.matchAll(unix)) {
    found.push({ family: 'unix', address: at + fromEscapes(path), port: 0 });
  }
  return found;
}

/** Without `.`, `..` and doubled slashes. Links are not followed: for what was opened, the kernel said the path. */
export function resolvePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
