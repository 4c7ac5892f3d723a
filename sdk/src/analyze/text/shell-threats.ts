import { destinationOfUrl } from '../code/addresses.ts';
import { decodeBase64 } from '../code/decode.ts';
import { sensitivePathsIn } from '../sensitive-paths.ts';
import { parseShell, programOf, type ShellCommand, type ShellPipeline } from './shell.ts';
import { DUMPS_ENVIRONMENT, FETCHERS, RUNNERS, SENDERS, scriptOf } from './shell-programs.ts';
import { ShellValues } from './shell-values.ts';
import { untraceableHost } from './untraceable-hosts.ts';

/** What a shell text does that nobody should run unseen. */
export interface ShellThreat {
  readonly kind: 'download-execute' | 'decode-execute' | 'reverse-shell' | 'exfiltration';
  readonly offset: number;
  /** Where a program comes from or data goes to, as `host:port`; null when it is not written down. */
  readonly host: string | null;
  /** Exfiltration: what is sent. Download: `a file`, when the program is stored first. */
  readonly what: string;
}

/** What is known in the middle of a shell text. */
interface State {
  readonly found: ShellThreat[];
  /** Files that were downloaded, by their last names, and from where. */
  readonly downloaded: Map<string, string | null>;
  /** Credentials that were copied or packed, to be sent later. */
  staged: { readonly what: string; readonly file: string } | null;
}

/** Paths of Windows with slashes of the other kind, which no shell reads as an escape. Offsets stay the same. */
function withSlashes(text: string): string {
  return /\.exe\b|\.ps1\b|\$env:|%\w+%|\biwr\b|\bInvoke-|\bStart-/i.test(text)
    ? text.replace(/\\(?=[\w.])/g, '/')
    : text;
}

/** Texts that are scripts themselves: of `sh -c`, and those that are put where they will be run. */
function scriptsIn({ commands }: ShellPipeline): string[] {
  return commands.flatMap((command, index) => {
    const script = scriptOf(command);
    if (script !== null) return [script];
    const { name, args } = programOf(command);
    if (name !== 'echo' && name !== 'printf') return [];
    const goesOn = commands.slice(index + 1).some((next) => /^(crontab|tee|at|batch)$/.test(programOf(next).name));
    const text = args.join(' ').replace(/^\s*(?:@\w+|(?:[\d*/,-]+\s+){5})\s*/, '');
    return (goesOn || command.writes.length > 0) && /[|;&$]/.test(text) ? [text] : [];
  });
}

/** The threats in a shell text. */
export function shellThreats(text: string, depth = 0): ShellThreat[] {
  const found: ShellThreat[] = [];
  const state: State = { found, downloaded: new Map(), staged: null };
  const values = new ShellValues(text);
  for (const plain of parseShell(withSlashes(text))) {
    const pipeline = values.expand(plain);
    values.note(pipeline);
    inspect(pipeline, state);
    for (const script of scriptsIn(pipeline)) {
      if (depth >= 3) break;
      for (const threat of shellThreats(script, depth + 1)) found.push({ ...threat, offset: pipeline.offset });
    }
  }
  for (const match of text.matchAll(REVERSE_SHELL)) {
    found.push({ kind: 'reverse-shell', offset: match.index, host: null, what: '' });
  }
  for (const match of text.matchAll(POWERSHELL)) {
    const kind = powershellThreat(match[0]);
    if (kind !== null) found.push({ kind, offset: match.index, host: hostIn(match[0]), what: '' });
  }
  return found;
}

const REVERSE_SHELL =
  /\/dev\/(?:tcp|udp)\/[\w.$-]{3,80}\/[\w$]{1,10}|\b(?:nc|ncat|netcat)\b[^|\n]{0,80}\s-(?:e|c)\s+\S*(?:sh|cmd|powershell)\b|\bmkfifo\b[^\n]{0,120}\|\s*(?:nc|ncat|netcat|telnet)\b|\bsocat\b[^\n]{0,120}\bexec:/gi;
const POWERSHELL =
  /\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]{0,120}\s-e(?:nc|ncodedcommand|c)?\s+[A-Za-z0-9+/=]{24,}|\b(?:iex|invoke-expression)\b[^\n]{0,60}\b(?:downloadstring|invoke-webrequest|iwr|irm|invoke-restmethod|frombase64string)\b[^\n]{0,200}|\b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\b[^|\n]{0,200}\|\s*(?:iex|invoke-expression)\b/gi;

const POWERSHELL_LOADS =
  /download(string|file|data)|invoke-webrequest|invoke-restmethod|\b(iwr|irm|iex|curl|wget)\b|invoke-expression|frombase64string|net\.sockets|start-bitstransfer/i;

/** An encoded command is judged by what it says; one that says nothing readable is there to hide something. */
function powershellThreat(command: string): ShellThreat['kind'] | null {
  const encoded = /\s([A-Za-z0-9+/=]{24,})$/.exec(command)?.[1];
  if (encoded === undefined) return 'download-execute';
  const decoded = decodeBase64(encoded)?.replaceAll('\0', '') ?? '';
  if (POWERSHELL_LOADS.test(decoded)) return 'download-execute';
  return /^[\t\n\r -~]+$/.test(decoded) ? null : 'decode-execute';
}

function inspect(pipeline: ShellPipeline, state: State): void {
  const { found, downloaded } = state;
  const programs = pipeline.commands.map((command) => ({ command, ...programOf(command) }));
  let fetched: ShellCommand | null = null;
  let decoded = false;
  for (const { command, name, args } of programs) {
    const runsInput = RUNNERS.test(name) && readsProgramFromInput(name, args);
    const inner = command.inner.flatMap((nested) => nested.commands);
    const innerFetch = inner.find(fetchesSomething) ?? null;
    const runsInner = RUNNERS.test(name) && (innerFetch !== null || inner.some((nested) => isDecoder(nested)));
    if (runsInner || (runsInput && (fetched !== null || decoded))) {
      const from = innerFetch ?? fetched;
      found.push({
        kind: from !== null ? 'download-execute' : 'decode-execute',
        offset: pipeline.offset,
        host: from === null ? null : hostIn(from.words.join(' ')),
        what: '',
      });
    }
    // A bare `curl | sh` is a figure of speech.
    if (FETCHERS.has(name) && args.length > 0) {
      fetched = command;
      const from = hostIn(command.words.join(' '));
      for (const file of downloadedFiles(name, args, command.writes)) downloaded.set(file, from);
    }
    if (innerFetch !== null && (name === 'echo' || name === 'printf')) fetched = innerFetch;
    if (isDecoder(command)) decoded = true;
    const remote = remoteProgram(name, args) ?? loader(name, args);
    if (remote !== null) found.push({ kind: 'download-execute', offset: pipeline.offset, host: remote.host, what: '' });
    const ran = executedFile(name, args, command.words);
    const from = ran === ANY_FILE ? [...downloaded.values()][0] : ran === null ? undefined : downloaded.get(ran);
    if (from !== undefined) {
      found.push({ kind: 'download-execute', offset: pipeline.offset, host: from, what: 'a file' });
    }
  }
  stage(pipeline, state);
  sends(pipeline, programs, state);
}

const isAddress = (word: string): boolean => /^[a-z+]{2,10}:\/\//i.test(word);

/** Windows' own programs that run what an address gives, and package managers that are sent somewhere odd. */
function remoteProgram(name: string, args: readonly string[]): { host: string | null } | null {
  const addresses = args.flatMap((word) => /(?:git\+)?(https?:\/\/\S{4,300})/i.exec(word)?.[1] ?? []);
  if (addresses.length === 0) return null;
  const host = hostIn(addresses.join(' '));
  if (/^(mshta|regsvr32|rundll32|wscript|cscript|msiexec|installutil)$/.test(name)) return { host };
  const isInstaller =
    (/^(pip3?|uv|pipx|npm|pnpm|yarn|gem|cargo|go)$/.test(name) &&
      args.some((word) => /^(install|add|i|dlx|tool)$/.test(word))) ||
    /^(npx|bunx|uvx)$/.test(name) ||
    (/^python[\d.]*$/.test(name) && args[0] === '-m' && args[1] === 'pip');
  const isOdd = (url: string): boolean =>
    untraceableHost(url) !== null ||
    (/^http:/i.test(url) && !/^http:\/\/(?:localhost|127\.|10\.|192\.168\.)/i.test(url));
  const isPackage =
    /^(npx|bunx|uvx)$/.test(name) &&
    addresses.some((url) => /\.(?:tgz|tar\.gz|zip)$/i.test(url) && !/github|gitlab/i.test(url));
  return isInstaller && (isPackage || addresses.some(isOdd)) ? { host } : null;
}

const LOADS = /\burlopen\b|\brequests\.get\b|\bfetch\s?\(|\bhttps?\.get\b|\bopen-uri\b|\bLWP\b|\bDownloadString\b/;
const RUNS =
  /\b(?:exec|eval|execSync|Function|instance_eval|system|popen)\s?\(|\.then\(\s?eval\b|\bos\.system\b|\bsubprocess\b/;

/** A program on the command line that fetches another one and runs it. */
function loader(name: string, args: readonly string[]): { host: string | null } | null {
  const at = args.findIndex((word) => /^(-\w*[ce]|--eval|-p)$/.test(word));
  const text = at >= 0 && /^(python[\d.]*|node|bun|deno|perl|ruby|php)$/.test(name) ? (args[at + 1] ?? '') : '';
  return LOADS.test(text) && RUNS.test(text) ? { host: hostIn(text) } : null;
}

/** `cp -r ~/.aws /tmp/x`, `tar czf /tmp/x.tgz ~/.ssh`, `cat ~/.ssh/id_rsa > /tmp/x`. */
function stage({ commands }: ShellPipeline, state: State): void {
  for (const command of commands) {
    const { name, args } = programOf(command);
    if (!/^(cp|mv|tar|zip|cat|rsync|7z|gzip|base64)$/.test(name)) continue;
    const [sensitive] = sensitivePathsIn(args.join(' '));
    const places = [
      ...command.writes,
      ...args.filter((word) => !word.startsWith('-') && !word.includes(sensitive?.path ?? word)),
    ];
    const file = baseOf(places.find((word) => /[./]/.test(word)) ?? '');
    if (sensitive === undefined || file.length < 1) continue;
    state.staged = { what: `${sensitive.words} (${sensitive.path})`, file };
  }
}

function fetchesSomething(command: ShellCommand): boolean {
  const { name, args } = programOf(command);
  return FETCHERS.has(name) && args.length > 0;
}

/** `| bash`, `| sh -s -- x`, `| python3 -`; not `| python -m json.tool`, `| node script.js`. */
function readsProgramFromInput(name: string, args: readonly string[]): boolean {
  if (name === 'iex' || name === 'invoke-expression' || name === 'eval') return true;
  for (const word of args) {
    if (word === '-' || word === '-s' || word === '/dev/stdin') return true;
    if (/^-\w*[cem]$/.test(word) || word === '--eval' || word === '--command') return false;
    if (!word.startsWith('-')) return false;
  }
  return true;
}

function isDecoder(command: ShellCommand): boolean {
  const { name, args } = programOf(command);
  if (name === 'base64' || name === 'base32' || name === 'gbase64')
    return args.some((word) => /^(-d|-D|--decode|-\w*d)$/.test(word));
  if (name === 'rev') return true;
  if (name === 'tr') return args.some((word) => /n-za-m/i.test(word));
  if (name === 'printf' || name === 'echo')
    return args.some((word) => /(?:\\?x[0-9a-f]{2}|\\[0-7]{3}){8,}/i.test(word));
  if (name === 'xxd') return args.some((word) => /^-\w*r/.test(word));
  if (name === 'openssl') return args.includes('-d');
  return name === 'certutil' && args.some((word) => /decode/i.test(word));
}

function downloadedFiles(name: string, args: readonly string[], writes: readonly string[]): string[] {
  const files = [...writes];
  args.forEach((word, index) => {
    const next = args[index + 1];
    const isOutput = /^(-o|-OutFile|--output|-O|-Destination)$/i.test(word) && (name !== 'curl' || word !== '-O');
    if (isOutput && next !== undefined) files.push(next);
    if (/^-\w*[oO]$/.test(word) && word.length > 2 && next !== undefined && !next.includes('://')) files.push(next);
    if (word.includes('://') && (name === 'wget' || args.some((other) => /^-\w*O/.test(other))))
      files.push(word.replace(/[?#].*$/, ''));
  });
  if (name === 'certutil') files.push(args.at(-1) ?? '');
  return files.map(baseOf).filter((file) => file !== '' && file !== '-');
}

/** Instead of a name: whatever was downloaded. */
const ANY_FILE = '*';

function executedFile(name: string, args: readonly string[], words: readonly string[]): string | null {
  const program = words.find((word) => /^(\.\/|\/|~\/|\$)/.test(word) && baseOf(word) === name);
  if (program !== undefined) return baseOf(program);
  if (name === 'chmod')
    return args.some((word) => /x|^[0-7]*[1357][0-7]*$/.test(word)) ? baseOf(args.at(-1) ?? '') : null;
  // Whoever takes the mark of a download off a file means to start it.
  if (name === 'xattr') return args.some((word) => /quarantine|^-\w*c/.test(word)) ? ANY_FILE : null;
  const first = baseOf(words[0] ?? '');
  if (/\.(?:exe|msi|bat|cmd|ps1|scr|com)$/.test(first)) return first;
  if (RUNNERS.test(name) || /^(open|start|installer|msiexec|start-process|saps|invoke-item|ii)$/.test(name)) {
    const file = args.find((word) => !word.startsWith('-'));
    return file === undefined ? null : baseOf(file);
  }
  return null;
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}

function sends(
  pipeline: ShellPipeline,
  programs: readonly { command: ShellCommand; name: string; args: readonly string[] }[],
  state: State,
): void {
  const sender = programs.find(
    ({ name, args }) => SENDERS.has(name) || (name === 'git' && args.includes('push') && args.some(isAddress)),
  );
  if (sender === undefined) return;
  const upTo = programs.slice(0, programs.indexOf(sender) + 1);
  const commands = upTo.flatMap(({ command }) => [command, ...command.inner.flatMap((nested) => nested.commands)]);
  // `ssh -i ~/.ssh/key` and `scp -i …` use a key, they do not send it.
  const words = commands.flatMap((command) => command.words.filter((_, index) => command.words[index - 1] !== '-i'));
  const [sensitive] = sensitivePathsIn(words.join(' '));
  const { staged, found } = state;
  if (
    sensitive === undefined &&
    staged !== null &&
    (sender.name === 'git' || words.some((word) => word.includes(staged.file)))
  ) {
    const host = hostIn(sender.command.words.join(' '));
    found.push({ kind: 'exfiltration', offset: pipeline.offset, host, what: staged.what });
    return;
  }
  const dump = commands.some((command) => DUMPS_ENVIRONMENT.has(bareName(command)) && command.words.length === 1);
  const isUpload =
    sender.name !== 'ssh' && !(FETCHERS.has(sender.name) && isPlainDownload(sender.command) && upTo.length === 1);
  if (!isUpload || (sensitive === undefined && !dump)) return;
  const what = sensitive === undefined ? 'the whole environment' : `${sensitive.words} (${sensitive.path})`;
  found.push({ kind: 'exfiltration', offset: pipeline.offset, host: hostIn(sender.command.words.join(' ')), what });
}

function bareName(command: ShellCommand): string {
  return (command.words[0] ?? '').toLowerCase();
}

/** `curl -o ~/.npmrc URL` writes to a sensitive place; it sends nothing. */
function isPlainDownload(command: ShellCommand): boolean {
  if (command.inner.length > 0) return false;
  return !command.words.some(
    (word) =>
      /^(-d|-F|-T|-X|--data\S*|--form|--upload-file|--post-\S*|--body\S*|-Body|-InFile|-\w*[dFT])$/.test(word) ||
      word.startsWith('@') ||
      /=@|\$\(/.test(word),
  );
}

const URL_IN_TEXT = /\b(?:https?|ftp|wss?):\/\/[^\s"'`<>|)\\]{2,500}/i;

function hostIn(text: string): string | null {
  const url = URL_IN_TEXT.exec(text)?.[0];
  if (url === undefined) return null;
  const destination = destinationOfUrl(url, 443);
  return destination.kind === 'host' ? destination.value : null;
}
