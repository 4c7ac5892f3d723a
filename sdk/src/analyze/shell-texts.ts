import type { Use } from './code/found-uses.ts';
import type { TextFile } from './facts.ts';
import { ShellText } from './shell-text.ts';
import { packageScripts } from './source/hooks.ts';
import { EmbeddedText, type SourceText } from './source/source-text.ts';
import { warnsOf } from './text/markdown.ts';
import { parseShell, programOf } from './text/shell.ts';

/** Every shell text of a file: scripts, hooks, and what a Markdown text tells people and agents to run. */
export function shellTextsOf(file: TextFile): ShellText[] {
  const { source, kind } = file;
  const whole = (text: string): ShellText[] => [new ShellText(text, 'script', (offset) => source.place(offset))];
  switch (kind.kind) {
    case 'shell':
      return whole(source.text);
    case 'markdown':
      return inMarkdown(file);
    case 'json':
      return /(^|\/)package\.json$/.test(source.path) ? inPackageJson(file) : [];
    case 'other-code':
      return inStrings(file);
    case 'text':
      return /(^|\/)(Dockerfile|Makefile|Justfile|Procfile)[^/]*$/i.test(source.path)
        ? whole(source.text.replace(/^(\s*)RUN\b/gm, '$1   '))
        : inMarkdown(file);
    default:
      return [];
  }
}

const SHELL_LANGUAGES = new Set([
  '',
  'sh',
  'bash',
  'shell',
  'zsh',
  'fish',
  'console',
  'terminal',
  'shell-session',
  'shellsession',
  'powershell',
  'ps1',
  'pwsh',
  'ps',
  'cmd',
  'bat',
  'batch',
  'text',
  'txt',
  'plaintext',
  'command',
]);
/** Where a command begins in the middle of a sentence. */
const IN_PROSE = /\b(?:curl|wget|iwr|irm|iex|powershell|pwsh|base64|bash\s+-[ic]|bash\s+<\(|nc\s+-e)\b/i;

function inMarkdown({ source, markdown }: TextFile): ShellText[] {
  const found: ShellText[] = [];
  const title = titleOf(source.text);
  for (const part of markdown()) {
    // What people do not see is no installer that they were told of.
    const about = part.kind === 'comment' ? '' : title;
    if (part.kind === 'fence' && !SHELL_LANGUAGES.has(part.language)) continue;
    const warned = (): boolean => warnsOf(part);
    const add = (text: string, start: number, origin: 'fence' | 'inline'): void => {
      found.push(new ShellText(text, origin, (offset) => source.place(part.offset + start + offset), warned, about));
    };
    if (part.kind === 'fence') add(part.text, 0, 'fence');
    else if (part.kind === 'inline') add(part.text, 0, 'inline');
    else {
      for (const line of linesOf(part.text)) {
        const at = line.text.search(IN_PROSE);
        if (at < 0) continue;
        const lead = line.text.slice(0, at);
        // Behind the first backtick the sentence goes on.
        const text = line.text.slice(at).split('`', 1)[0] ?? '';
        const start = part.offset + line.offset + at;
        const warnedHere = (): boolean => warned() || warnsOf({ lead, headings: [] });
        found.push(new ShellText(text, 'inline', (offset) => source.place(start + offset), warnedHere, about));
      }
    }
  }
  return found;
}

/** What the text calls itself. */
function titleOf(text: string): string {
  const start = text.slice(0, 2000);
  return `${/^name:[ \t]*(.{1,80})$/m.exec(start)?.[1] ?? ''} ${/^# (.{1,80})$/m.exec(start)?.[1] ?? ''}`;
}

function linesOf(text: string): { text: string; offset: number }[] {
  let offset = 0;
  return text.split('\n').map((line) => {
    const at = offset;
    offset += line.length + 1;
    return { text: line, offset: at };
  });
}

function inPackageJson({ source }: TextFile): ShellText[] {
  return packageScripts(source).map(
    ({ command, offset, isHook }) => new ShellText(command, isHook ? 'hook' : 'script', () => source.place(offset)),
  );
}

/** The JavaScript that the install scripts of a `package.json` spell out: `node -e "…"`. */
export function hookPrograms(source: SourceText): EmbeddedText[] {
  if (!/(^|\/)package\.json$/.test(source.path)) return [];
  return packageScripts(source).flatMap(({ command, offset, isHook }) => {
    if (!isHook) return [];
    const programs = parseShell(command).flatMap((pipeline) => pipeline.commands.map(programOf));
    return programs.flatMap(({ name, args }) => {
      const at = args.findIndex((word) => /^(-\w*[ep]|--eval|--print|-pe)$/.test(word));
      const text = /^(node|bun|deno)$/.test(name) && at >= 0 ? args[at + 1] : undefined;
      return text === undefined ? [] : [new EmbeddedText(source.place(offset), text)];
    });
  });
}

const RUNS_TEXT =
  /\b(?:os\.(?:system|popen)|subprocess\.\w{1,20}|Popen|system|exec|shell_exec|passthru|popen)\s{0,4}\(\s{0,8}\[?\s{0,4}[fru]{0,2}(["'])([^\n]{1,600}?)\1\s{0,4}[,)\]]/g;

/** Commands that programs in other languages write down. */
function inStrings({ source }: TextFile): ShellText[] {
  return [...source.text.matchAll(RUNS_TEXT)].map(
    (match) => new ShellText(match[2] ?? '', 'code', () => source.place(match.index)),
  );
}

/** The commands that analysed code runs, with unknown parts as variables. */
export function shellTextsOfUses(uses: readonly Use[]): ShellText[] {
  return uses
    .filter((use) => use.kind === 'exec')
    .flatMap((use) =>
      use.values.map((command) => new ShellText(command.replaceAll('\uffff', '$part'), 'code', () => use.place)),
    );
}
