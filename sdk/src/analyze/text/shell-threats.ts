import { destinationOfUrl } from '../code/addresses.ts';
import { decodeBase64 } from '../code/decode.ts';
import { sensitivePathsIn } from '../sensitive-paths.ts';
import { parseShell, programOf, type ShellCommand, type ShellPipeline } from './shell.ts';

/** What a shell text does that nobody should run unseen. */
export interface ShellThreat {
  readonly kind: 'download-execute' | 'decode-execute' | 'reverse-shell' | 'exfiltration';
  readonly offset: number;
  /** Where a program comes from or data goes to, as `host:port`; null when it is not written down. */
  readonly host: string | null;
  /** Exfiltration: what is sent. Download: `a file`, when the program is stored first. */
  readonly what: string;
}

const FETCHERS = new Set([
  'curl',
  'wget',
  'fetch',
  'aria2c',
  'iwr',
  'irm',
  'invoke-webrequest',
  'invoke-restmethod',
  'http',
  'https',
  'certutil',
  'bitsadmin',
  'lwp-download',
]);
const SENDERS = new Set([
  ...FETCHERS,
  'nc',
  'ncat',
  'netcat',
  'socat',
  'scp',
  'rsync',
  'ftp',
  'sftp',
  'ssh',
  'telnet',
  'dig',
  'nslookup',
  'rclone',
  'sendmail',
  'mail',
]);
const RUNNERS =
  /^(ba|z|k|da|c|tc|fi)?sh$|^python[\d.]*$|^(node|nodejs|deno|bun|perl|ruby|php|lua|pwsh|powershell|osascript|iex|invoke-expression|source|eval|cmd|\.)$/;
/** The whole environment, on standard output. */
const DUMPS_ENVIRONMENT = new Set(['env', 'printenv', 'set', 'export']);

/** The threats in a shell text. */
export function shellThreats(text: string, depth = 0): ShellThreat[] {
  const found: ShellThreat[] = [];
  const downloaded = new Map<string, string | null>();
  for (const pipeline of parseShell(text)) {
    inspect(pipeline, found, downloaded);
    for (const command of pipeline.commands) {
      const script = scriptOf(command);
      if (script !== null && depth < 3) {
        for (const threat of shellThreats(script, depth + 1)) found.push({ ...threat, offset: pipeline.offset });
      }
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

/** The script in `sh -c 'script'`. */
function scriptOf(command: ShellCommand): string | null {
  const { name, args } = programOf(command);
  if (!/^(ba|z|k|da)?sh$|^su$/.test(name)) return null;
  const at = args.findIndex((word) => /^-\w*c$/.test(word));
  return at < 0 ? null : (args[at + 1] ?? null);
}

function inspect(pipeline: ShellPipeline, found: ShellThreat[], downloaded: Map<string, string | null>): void {
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
    if (isDecoder(command)) decoded = true;
    const ran = executedFile(name, args, command.words);
    const from = ran === null ? undefined : downloaded.get(ran);
    if (from !== undefined) {
      found.push({ kind: 'download-execute', offset: pipeline.offset, host: from, what: 'a file' });
    }
  }
  sends(pipeline, programs, found);
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
  if (name === 'xxd') return args.some((word) => /^-\w*r/.test(word));
  if (name === 'openssl') return args.includes('-d');
  return name === 'certutil' && args.some((word) => /decode/i.test(word));
}

function downloadedFiles(name: string, args: readonly string[], writes: readonly string[]): string[] {
  const files = [...writes];
  args.forEach((word, index) => {
    const next = args[index + 1];
    const isOutput = /^(-o|-OutFile|--output|-O)$/i.test(word) && (name !== 'curl' || word !== '-O');
    if (isOutput && next !== undefined) files.push(next);
    if (/^-\w*[oO]$/.test(word) && word.length > 2 && next !== undefined && !next.includes('://')) files.push(next);
    if (word.includes('://') && (name === 'wget' || args.some((other) => /^-\w*O/.test(other))))
      files.push(word.replace(/[?#].*$/, ''));
  });
  return files.map(baseOf).filter((file) => file !== '' && file !== '-');
}

function executedFile(name: string, args: readonly string[], words: readonly string[]): string | null {
  const program = words.find((word) => /^(\.\/|\/|~\/|\$)/.test(word) && baseOf(word) === name);
  if (program !== undefined) return baseOf(program);
  if (name === 'chmod')
    return args.some((word) => /x|^[0-7]*[1357][0-7]*$/.test(word)) ? baseOf(args.at(-1) ?? '') : null;
  if (RUNNERS.test(name) || name === 'open' || name === 'start' || name === 'installer' || name === 'msiexec') {
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
  programs: readonly { command: ShellCommand; name: string }[],
  found: ShellThreat[],
): void {
  const sender = programs.find(({ name }) => SENDERS.has(name));
  if (sender === undefined) return;
  const upTo = programs.slice(0, programs.indexOf(sender) + 1);
  const commands = upTo.flatMap(({ command }) => [command, ...command.inner.flatMap((nested) => nested.commands)]);
  // `ssh -i ~/.ssh/key` and `scp -i …` use a key, they do not send it.
  const words = commands.flatMap((command) => command.words.filter((_, index) => command.words[index - 1] !== '-i'));
  const [sensitive] = sensitivePathsIn(words.join(' '));
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

/** Every place that the commands of a shell text contact: `host:port`, and where. */
export function shellHosts(text: string): { value: string | null; offset: number }[] {
  const found: { value: string | null; offset: number }[] = [];
  const visit = (pipelines: readonly ShellPipeline[], offset: number | null, depth: number): void => {
    for (const pipeline of pipelines) {
      for (const command of pipeline.commands) {
        const at = offset ?? pipeline.offset;
        const { name, args } = programOf(command);
        if (SENDERS.has(name)) found.push(...hostsOfCommand(name, args).map((value) => ({ value, offset: at })));
        const script = depth < 3 ? scriptOf(command) : null;
        if (script !== null) visit(parseShell(script), at, depth + 1);
        if (depth < 3) visit(command.inner, at, depth + 1);
      }
    }
  };
  visit(parseShell(text), null, 0);
  return found;
}

function hostsOfCommand(name: string, args: readonly string[]): (string | null)[] {
  const urls = args.filter((word) => /^["']?[a-z]+:\/\//i.test(word));
  if (urls.length > 0) {
    return urls.map((url) => {
      const text = url.replace(/\$\{?\w+\}?|\$\(|`/g, '\uffff');
      const destination = destinationOfUrl(text, 443);
      return destination.kind === 'host' ? destination.value : null;
    });
  }
  if (name !== 'nc' && name !== 'ncat' && name !== 'netcat')
    return FETCHERS.has(name) && args.some((word) => word.includes('$')) ? [null] : [];
  const plain = args.filter((word) => !word.startsWith('-'));
  const [host, port] = plain;
  return host !== undefined && port !== undefined && /^\d{1,5}$/.test(port) ? [`${host.toLowerCase()}:${port}`] : [];
}
