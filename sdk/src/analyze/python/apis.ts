import type { UseKind } from '../code/apis.ts';
import { sensitivePath } from '../sensitive-paths.ts';
import type { CallValues, Evaluator } from './evaluate.ts';
import { isPath } from './fold.ts';
import { joinOrigins, knownTexts, NOTHING, type Origin, refValue, unknownFrom, type Value, value } from './value.ts';

/** How the arguments of a Python call say what is meant. */
export type PythonForm =
  | 'url'
  /** Host and port as two arguments. */
  | 'host-port'
  /** `(host, port)` as one tuple. */
  | 'pair'
  | 'path'
  /** A path, and whether it is read or written in the second argument. */
  | 'open'
  /** A path that is read, and one that is written. */
  | 'copy'
  | 'move'
  /** A text for the shell, or a list of a program and its arguments. */
  | 'command'
  | 'program'
  | 'code'
  | 'name'
  | 'data';

export interface PythonApi {
  readonly kind: UseKind;
  readonly form: PythonForm;
  /** The positional argument that says what is meant, and the names that it also goes by. */
  readonly at: number;
  readonly names: readonly string[];
  readonly port: number;
}

const APIS = new Map<string, PythonApi>();

function add(
  kind: UseKind,
  form: PythonForm,
  names: string,
  options: { under?: string; at?: number; names?: string; port?: number } = {},
): void {
  const { under = '', at = 0, port = 443 } = options;
  for (const name of names.split(' ')) {
    APIS.set(under + name, { kind, form, at, names: (options.names ?? '').split(' '), port });
  }
}

const VERBS = 'get post put patch delete head options';
for (const client of [
  'requests.',
  'requests.api.',
  'httpx.',
  'aiohttp.',
  'curl_cffi.requests.',
  'cloudscraper.',
  'requests_html.',
]) {
  add('net', 'url', VERBS, { under: client, names: 'url' });
  add('net', 'url', 'request stream', { under: client, at: 1, names: 'url' });
}
add(
  'net',
  'url',
  'aiohttp.ws_connect websockets.connect websockets.client.connect websocket.create_connection websocket.WebSocketApp',
  { names: 'uri url' },
);
add(
  'net',
  'url',
  'urllib.request.urlopen urllib.request.urlretrieve urllib.urlopen urllib2.urlopen wget.download urllib.request.OpenerDirector#.open feedparser.parse pandas.read_html',
  { names: 'url' },
);
add('net', 'url', 'urllib3.PoolManager#.request urllib3.request', { at: 1, names: 'url' });
add('net', 'url', 'xmlrpc.client.ServerProxy', { names: 'uri' });
add('net', 'host-port', 'http.client.HTTPSConnection httplib.HTTPSConnection', { names: 'host' });
add('net', 'host-port', 'http.client.HTTPConnection httplib.HTTPConnection', { names: 'host', port: 80 });
add('net', 'host-port', 'smtplib.SMTP smtplib.SMTP_SSL', { names: 'host', port: 587 });
add('net', 'host-port', 'ftplib.FTP ftplib.FTP_TLS', { names: 'host', port: 21 });
add('net', 'host-port', 'paramiko.SSHClient#.connect asyncssh.connect', { names: 'hostname host', port: 22 });
add('net', 'host-port', 'asyncio.open_connection telnetlib.Telnet imaplib.IMAP4_SSL', { names: 'host', port: 993 });
add('net', 'host-port', 'socket.gethostbyname socket.getaddrinfo dns.resolver.resolve dns.resolver.query', {
  port: 53,
});
add('net', 'pair', 'socket.socket#.connect socket.socket#.connect_ex socket.create_connection', { names: 'address' });
add('net', 'pair', 'socket.socket#.sendto', { at: 1 });
add(
  'net.send',
  'data',
  'socket.socket#.send socket.socket#.sendall http.client.HTTPConnection#.request smtplib.SMTP#.sendmail smtplib.SMTP#.send_message ftplib.FTP#.storbinary ftplib.FTP#.storlines websocket.WebSocket#.send',
);

add('fs.read', 'open', 'open io.open codecs.open gzip.open aiofiles.open tarfile.open zipfile.ZipFile', {
  names: 'file name filename',
});
add(
  'fs.read',
  'path',
  'os.listdir os.scandir os.walk os.stat os.path.exists os.path.isfile os.path.isdir os.path.getsize os.readlink os.access glob.glob glob.iglob sqlite3.connect dotenv.load_dotenv dotenv.dotenv_values numpy.load pandas.read_csv pandas.read_excel pandas.read_json',
  { names: 'path pathname database' },
);
add('fs.read', 'open', 'pathlib.Path#.open', { at: -1 });
add(
  'fs.write',
  'path',
  'os.remove os.unlink os.mkdir os.makedirs os.rmdir os.chmod os.chown os.truncate shutil.rmtree',
  { names: 'path name' },
);
add('fs.write', 'move', 'os.rename os.replace shutil.move os.symlink os.link', { names: 'src' });
add('fs.write', 'copy', 'shutil.copy shutil.copy2 shutil.copyfile shutil.copytree', { names: 'src' });
add('fs.read', 'path', 'read_text read_bytes iterdir glob rglob stat exists is_file is_dir', {
  under: 'pathlib.Path#.',
  at: -1,
});
add('fs.write', 'path', 'write_text write_bytes mkdir unlink touch rmdir chmod rename replace symlink_to', {
  under: 'pathlib.Path#.',
  at: -1,
});

add(
  'exec',
  'command',
  'os.system os.popen os.popen2 os.popen3 commands.getoutput commands.getstatusoutput subprocess.getoutput subprocess.getstatusoutput asyncio.create_subprocess_shell pexpect.spawn pexpect.run',
  { names: 'cmd command' },
);
add('exec', 'command', 'run call check_call check_output Popen', { under: 'subprocess.', names: 'args' });
add('exec', 'command', 'pty.spawn');
add(
  'exec',
  'program',
  'asyncio.create_subprocess_exec os.execl os.execle os.execlp os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnlp os.spawnv os.spawnvp os.posix_spawn os.startfile',
  { names: 'program' },
);

add('net', 'url', 'context.fetch', { names: 'url' });
add('fs.read', 'path', 'context.files.read context.files.list');
add('fs.write', 'path', 'context.files.write context.files.remove');

add('eval', 'code', 'eval exec compile code.InteractiveInterpreter#.runsource runpy.run_path execfile', {
  names: 'source',
});
add('load', 'name', '__import__ importlib.import_module importlib.__import__', { names: 'name' });
add('native', 'name', 'ctypes.CDLL ctypes.WinDLL ctypes.cdll.LoadLibrary', { names: 'name' });

/** What is known of a well-known name, or null. */
export function apiOf(ref: string): PythonApi | null {
  return APIS.get(ref.replace(/^(builtins|__builtins__)\./, '')) ?? null;
}

/** Reached under a name that is put together, these want to be hidden. */
export function isPowerful(ref: string): boolean {
  const kind = apiOf(ref)?.kind;
  return kind === 'exec' || kind === 'eval' || kind === 'net' || kind === 'native';
}

/** What calls of these return: an instance that other names stand for. */
const RESULTS: Readonly<Record<string, string>> = {
  'requests.Session': 'requests',
  'requests.session': 'requests',
  'requests.sessions.Session': 'requests',
  'httpx.Client': 'httpx',
  'httpx.AsyncClient': 'httpx',
  'aiohttp.ClientSession': 'aiohttp',
  'cloudscraper.create_scraper': 'cloudscraper',
  'socket.socket': 'socket.socket#',
  'socket.create_connection': 'socket.socket#',
  'urllib3.PoolManager': 'urllib3.PoolManager#',
  'urllib.request.build_opener': 'urllib.request.OpenerDirector#',
  'http.client.HTTPSConnection': 'http.client.HTTPConnection#',
  'http.client.HTTPConnection': 'http.client.HTTPConnection#',
  'smtplib.SMTP': 'smtplib.SMTP#',
  'smtplib.SMTP_SSL': 'smtplib.SMTP#',
  'ftplib.FTP': 'ftplib.FTP#',
  'paramiko.SSHClient': 'paramiko.SSHClient#',
  'websocket.create_connection': 'websocket.WebSocket#',
};

/** A file that is open to be written; its texts are its path. */
export const OPEN_FILE = 'file#';

/** They look through everything below a folder. */
const SEARCHES = /^(?:os\.walk|glob\.i?glob|pathlib\.Path#\.rglob)$/;
/** Everything that a person has. */
const WHOLE_HOME = /^(?:~|\/|\/home|\/Users)\/?(?:\*\*.*)?$/;

/** What somebody sees, hears or has just copied. */
const SENSES: Readonly<Record<string, string>> = {
  'pyperclip.paste': 'the clipboard',
  'PIL.ImageGrab.grabclipboard': 'the clipboard',
  'PIL.ImageGrab.grab': 'the screen',
  'pyautogui.screenshot': 'the screen',
  'pyscreenshot.grab': 'the screen',
  'sounddevice.rec': 'the microphone',
};

/** The value of a call of a well-known function that cannot be folded; null when nothing is known of it. */
export function resultOf(ev: Evaluator, ref: string, args: CallValues): Value | null {
  const offset = args.node.from;
  if (ref === 'urllib.request.Request' || ref === 'urllib2.Request') return requestValue(ev, args);
  const made = Object.hasOwn(RESULTS, ref) ? RESULTS[ref] : undefined;
  const sense = Object.hasOwn(SENSES, ref) ? SENSES[ref] : undefined;
  if (sense !== undefined) return unknownFrom([{ kind: 'sensed', name: sense, offset }]);
  const api = apiOf(ref);
  if (made !== undefined) {
    // What a connection gives was sent by the other side.
    const isOpen = ref === 'socket.create_connection' || ref === 'websocket.create_connection';
    return isOpen ? value({ refs: [made], origins: [{ kind: 'network', name: '', offset }] }) : refValue(made);
  }
  if (ref === 'socket.socket#.recv' || ref.startsWith('http.client.HTTPConnection#.getresponse')) {
    return unknownFrom([{ kind: 'network', name: '', offset }]);
  }
  if (api === null) return null;
  const target = argumentOf(args, api);
  if (api.kind === 'net') return unknownFrom([{ kind: 'network', name: '', offset }]);
  const whole = SEARCHES.test(ref) ? target.texts.find((text) => WHOLE_HOME.test(text)) : undefined;
  if (whole !== undefined)
    return unknownFrom([{ kind: 'sensitive-file', name: `${whole.replace(/\/.*$/, '')}/**`, offset }]);
  if (api.form === 'open' && isWriting(args, api)) return value({ refs: [OPEN_FILE], texts: target.texts });
  if (api.kind === 'fs.read')
    return value({ texts: isPath(target) ? [] : ['\uffff'], origins: fileOrigins(target, offset) });
  if (api.kind === 'exec') return unknownFrom(joinOrigins([target.origins, commandOrigins(target, offset)]));
  if (ref === 'compile') return { ...target, refs: [] };
  return null;
}

/** True when an `open` writes. */
export function isWriting(args: CallValues, api: PythonApi): boolean {
  const mode = args.named.get('mode') ?? args.positional[api.at + 1] ?? NOTHING;
  return mode.texts.some((text) => /^[rbtU]*[wax+]/.test(text));
}

/** The argument that says what an API is called with. */
export function argumentOf(args: CallValues, api: PythonApi): Value {
  for (const name of api.names) {
    const named = args.named.get(name);
    if (named !== undefined) return named;
  }
  return (api.at < 0 ? args.receiver : args.positional[api.at]) ?? NOTHING;
}

/** Where the content of a file comes from. */
export function fileOrigins(path: Value, offset: number): readonly Origin[] {
  const sensitive = path.texts.find((text) => sensitivePath(text.replaceAll('\uffff', 'x')) !== null);
  const listed = path.origins.filter(({ kind }) => kind === 'sensitive-file');
  const name = sensitive ?? knownTexts(path)[0] ?? '';
  return joinOrigins([
    // What a listing of such a place names is such a file too.
    sensitive === undefined && listed.length > 0
      ? listed
      : [{ kind: sensitive === undefined ? 'file' : 'sensitive-file', name, offset }],
    path.origins.filter(({ kind }) => kind === 'parameter'),
  ]);
}

/** The output of a command that reads a place for credentials. */
function commandOrigins(command: Value, offset: number): Origin[] {
  const words = [...command.texts, ...(command.items ?? []).flatMap((item) => item.texts)].join(' ').split(/\s+/);
  const path = words.find((word) => word.length > 3 && sensitivePath(word.replace(/^["']|["']$/g, '')) !== null);
  return path === undefined ? [] : [{ kind: 'sensitive-file', name: path, offset }];
}

/** Arguments that carry the key of a service to it. */
const KEY_ARGUMENTS = new Set(['headers', 'auth', 'cookies', 'params', 'url']);

/**
 * Everything that a call hands over. What small tools do, reading their own key out of an environment file to put it into
 * a header or an address, is no hand-over of that file.
 */
export function payloadOf(ev: Evaluator, args: CallValues, at: number): readonly Origin[] {
  const { node, positional, named, spread, receiver } = args;
  const offset = node.from;
  const keys = [
    positional[at] ?? NOTHING,
    ...[...named].flatMap(([name, item]) => (KEY_ARGUMENTS.has(name) ? [item] : [])),
  ];
  const rest = [
    ...positional.filter((_, index) => index !== at),
    ...[...named].flatMap(([name, item]) => (KEY_ARGUMENTS.has(name) ? [] : [item])),
    ...spread,
    ...(receiver === null ? [] : [receiver]),
  ];
  const isOwnKey = ({ kind, name, isPart }: Origin): boolean =>
    kind === 'sensitive-file' && isPart === true && /(^|\/)\.env(\.\w+)?$/.test(name);
  return joinOrigins([
    ...keys.map((item) => ev.originsOf(item, offset).filter((origin) => !isOwnKey(origin))),
    ...rest.slice(0, 32).map((item) => ev.originsOf(item, offset)),
  ]);
}

/** `Request(url, data=…)` stands for its address, and for everything that goes with it. */
function requestValue(ev: Evaluator, args: CallValues): Value {
  const url = args.named.get('url') ?? args.positional[0] ?? NOTHING;
  return value({ texts: url.texts, origins: payloadOf(ev, args, 0), assembled: url.assembled });
}
