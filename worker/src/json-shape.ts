/** How deep a JSON text goes, and how many members its largest array or object has. */
export interface JsonShape {
  depth: number;
  members: number;
}

/**
 * Measures a JSON text in one pass, without building anything of it: a parser would have used the stack or the heap
 * before anybody could say no. Wrong texts measure as something; the parser refuses them afterwards. Pure.
 */
export function measureJson(text: string): JsonShape {
  const shape = { depth: 0, members: 0 };
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === BRACKET || code === BRACE) {
      open.push(1);
      shape.depth = Math.max(shape.depth, open.length);
    } else if (code === COMMA && open.length > 0) open[open.length - 1] = (open.at(-1) ?? 0) + 1;
    else if (code === BRACKET_END || code === BRACE_END) shape.members = Math.max(shape.members, open.pop() ?? 0);
  }
  return shape;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where the string that begins here ends; the end of the text when it does not. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}
