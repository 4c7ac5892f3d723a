/**
 * Reads `.aegisignore`: one pattern a line, as in `.gitignore`. `*` and `?` stay within a folder, `**` crosses folders,
 * a slash at the end means folders only, one in front or in the middle ties the pattern to the skill's folder, `!` takes
 * back, `#` begins a comment. Character classes are taken literally.
 * @example const ignored = parseIgnore('notes/\n!notes/keep.md'); ignored('notes/a.md', false)
 */
export function parseIgnore(text: string): (path: string, isFolder: boolean) => boolean {
  const rules = readRules(text);
  return (path, isFolder) => {
    let ignored = false;
    // The last rule that fits wins. A file is ignored with any folder above it.
    for (const rule of rules) if (fits(rule, path, isFolder)) ignored = !rule.negated;
    return ignored;
  };
}

/** Whether the last rule that fits a file takes it back (`!keys/demo.pem`): somebody wants exactly it in the package. */
export function parseKept(text: string): (path: string) => boolean {
  const rules = readRules(text);
  return (path) => rules.findLast((rule) => fits(rule, path, false))?.negated === true;
}

function readRules(text: string): Rule[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseRule);
}

interface Rule {
  negated: boolean;
  foldersOnly: boolean;
  pattern: RegExp;
}

function parseRule(line: string): Rule {
  const negated = line.startsWith('!');
  const body = negated ? line.slice(1) : line;
  const foldersOnly = body.endsWith('/');
  const bare = body.replace(/^\/+|\/+$/g, '');
  const anchored = body.startsWith('/') || bare.includes('/');
  return { negated, foldersOnly, pattern: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${patternOf(bare)}$`, 'u') };
}

function patternOf(glob: string): string {
  return glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      return part.replace(/[\\^$.|+()[\]{}/]/g, '\\$&');
    })
    .join('');
}

function fits(rule: Rule, path: string, isFolder: boolean): boolean {
  if ((isFolder || !rule.foldersOnly) && rule.pattern.test(path)) return true;
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (rule.pattern.test(path.slice(0, at))) return true;
  }
  return false;
}
