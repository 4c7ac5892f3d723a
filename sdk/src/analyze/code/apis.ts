/** What a call can do to the world around the skill. */
export type UseKind =
  | 'net'
  /** Data handed to a connection that is open already. */
  | 'net.send'
  | 'fs.read'
  | 'fs.write'
  | 'env'
  | 'exec'
  | 'eval'
  /** Loads a module by a name that is worked out. */
  | 'load'
  /** Reaches below the module system. */
  | 'native'
  /** Puts a function of its own in the place of one that others rely on. */
  | 'patch'
  | 'sql';

/** How the arguments say what is meant. */
export type Form =
  /** A URL, URL object, Request or options with a URL or host, at `at`. */
  | 'url'
  /** `(port, host)` or options. */
  | 'port-host'
  /** `(message, …, port, host)`. */
  | 'datagram'
  | 'host'
  | 'path'
  /** A path that is read at 0 and one that is written at 1. */
  | 'copy'
  /** Two paths that are written. */
  | 'move'
  /** A shell command. */
  | 'command'
  /** A program, and its arguments as an array. */
  | 'program'
  /** Program text. */
  | 'code'
  /** A global under an unknown name is called: where the name comes from is what counts. */
  | 'unknown-member'
  /** Program text only when it is a text; a function is harmless. */
  | 'code-or-function'
  /** Program text in the last argument, parameter names before it. */
  | 'function-body'
  | 'name'
  | 'data';

export interface Api {
  readonly kind: UseKind;
  readonly form: Form;
  /** The argument that says what is meant. */
  readonly at: number;
  /** Port when a URL or options do not name one. */
  readonly port?: number;
}

const APIS = new Map<string, Api>();

function add(
  kind: UseKind,
  form: Form,
  names: string,
  options: { at?: number; port?: number; under?: string } = {},
): void {
  const { at = 0, under = '', port } = options;
  for (const name of names.split(' ')) {
    APIS.set(under + name, port === undefined ? { kind, form, at } : { kind, form, at, port });
  }
}

add('net', 'url', 'fetch context.fetch WebSocket EventSource navigator.sendBeacon importScripts', { port: 443 });
add('net', 'url', 'http.request http.get', { port: 80 });
add('net', 'url', 'https.request https.get http2.connect', { port: 443 });
add('net', 'url', 'XMLHttpRequest#open', { at: 1, port: 443 });
const VERBS = 'get post put patch delete head options request';
for (const client of [
  'axios',
  'got',
  'ky',
  'superagent',
  'request',
  'needle',
  'phin',
  'bent',
  'ofetch.ofetch',
  'wretch',
]) {
  add('net', 'url', client, { at: client === 'needle' ? 1 : 0, port: 443 });
  add('net', 'url', VERBS, { under: `${client}.`, port: 443 });
}
add('net', 'url', 'stream pipeline connect upgrade request Client Pool', { under: 'undici.', port: 443 });
add('net', 'url', 'got.stream got.paginate axios.postForm axios.putForm socket.io-client socket.io-client.io', {
  port: 443,
});
add(
  'net',
  'port-host',
  'net.connect net.createConnection tls.connect net.Socket#connect tls.TLSSocket#connect dgram.Socket#connect',
);
add('net', 'port-host', 'Deno.connect Deno.connectTls Bun.connect nodemailer.createTransport ssh2.Client#connect');
add('net', 'datagram', 'dgram.Socket#send');
const LOOKUPS =
  'lookup resolve resolve4 resolve6 resolveAny resolveCname resolveMx resolveNs resolveSrv resolveTxt reverse';
add('net', 'host', LOOKUPS, { under: 'dns.' });
add('net', 'host', LOOKUPS, { under: 'dns.promises.' });
add('net', 'host', 'Deno.resolveDns');
add(
  'net.send',
  'data',
  'http.ClientRequest#write http.ClientRequest#end net.Socket#write net.Socket#end WebSocket#send XMLHttpRequest#send',
);

const READS =
  'readFile readFileSync createReadStream open openSync opendir opendirSync readdir readdirSync readlink readlinkSync realpath realpathSync stat statSync lstat lstatSync access accessSync exists existsSync watch watchFile openAsBlob glob globSync readJson readJsonSync readJSON readJSONSync pathExists pathExistsSync';
const WRITES =
  'writeFile writeFileSync appendFile appendFileSync createWriteStream truncate truncateSync unlink unlinkSync rm rmSync rmdir rmdirSync mkdir mkdirSync mkdtemp mkdtempSync chmod chmodSync chown chownSync lchown utimes utimesSync outputFile outputFileSync outputJson writeJson writeJsonSync writeJSON remove removeSync ensureDir ensureDirSync ensureFile emptyDir emptyDirSync mkdirp mkdirs';
for (const under of ['fs.', 'fs.promises.']) {
  add('fs.read', 'path', READS, { under });
  add('fs.write', 'path', WRITES, { under });
  add('fs.write', 'copy', 'copyFile copyFileSync cp cpSync copy copySync', { under });
  add('fs.write', 'move', 'rename renameSync link linkSync symlink symlinkSync move moveSync', { under });
}
add(
  'fs.read',
  'path',
  'readFile readFileSync readTextFile readTextFileSync open openSync readDir readDirSync stat statSync lstat readLink realPath watchFs',
  { under: 'Deno.' },
);
add(
  'fs.write',
  'path',
  'writeFile writeFileSync writeTextFile writeTextFileSync remove removeSync mkdir mkdirSync create createSync truncate chmod',
  { under: 'Deno.' },
);
add('fs.write', 'move', 'rename renameSync symlink link', { under: 'Deno.' });
add('fs.write', 'copy', 'copyFile copyFileSync', { under: 'Deno.' });
add('fs.read', 'path', 'Bun.file context.files.read context.files.list');
add('fs.write', 'path', 'Bun.write context.files.write context.files.remove fs.WriteStream#pipe');

add('env', 'name', 'context.env process.env.get process.env.has');

add(
  'exec',
  'command',
  'child_process.exec child_process.execSync shelljs.exec execa.execaCommand execa.execaCommandSync execa.command Bun.$ zx.$ execa.$',
);
add(
  'exec',
  'program',
  'child_process.execFile child_process.execFileSync child_process.spawn child_process.spawnSync child_process.fork execa execa.execa execa.execaNode cross-spawn.sync node-pty.spawn Bun.spawn Bun.spawnSync Deno.Command Deno.run process.execve',
);

add(
  'eval',
  'code',
  'eval execScript vm.runInThisContext vm.runInNewContext vm.runInContext vm.Script vm.compileFunction vm.SourceTextModule vm2.VM#run vm2.NodeVM#run vm2.VMScript',
);
add('eval', 'code', 'worker_threads.Worker');
add('eval', 'function-body', 'Function AsyncFunction GeneratorFunction AsyncGeneratorFunction');
add('eval', 'code-or-function', 'setTimeout setInterval setImmediate');
add('eval', 'code', 'node-module.prototype._compile node-module#_compile module._compile');

add('load', 'name', 'require import');
add(
  'native',
  'name',
  'process.binding process._linkedBinding process.dlopen node-module._extensions process.mainModule',
);

/** What is known of a well-known name, or null. */
export function apiOf(ref: string): Api | null {
  return APIS.get(ref) ?? null;
}

/** The powerful ones: a name that is put together from parts, and means one of these, wants to be hidden. */
export function isPowerful(ref: string): boolean {
  const kind = APIS.get(ref)?.kind;
  return (
    ref === 'child_process' ||
    (kind !== undefined &&
      kind !== 'load' &&
      kind !== 'env' &&
      !/^(set(Timeout|Interval|Immediate)|context\.)/.test(ref))
  );
}

/** What calls of these return, where it matters to what follows. */
const RESULTS: Readonly<Record<string, string>> = {
  'http.request': 'http.ClientRequest#',
  'http.get': 'http.ClientRequest#',
  'https.request': 'http.ClientRequest#',
  'https.get': 'http.ClientRequest#',
  'net.connect': 'net.Socket#',
  'net.createConnection': 'net.Socket#',
  'tls.connect': 'net.Socket#',
  'dgram.createSocket': 'dgram.Socket#',
  'axios.create': 'axios',
  'axios.default': 'axios',
  'got.extend': 'got',
  'ky.create': 'ky',
  'ky.extend': 'ky',
  'request.defaults': 'request',
  'node-module.createRequire': 'require',
  'fs.createWriteStream': 'fs.WriteStream#',
  'crypto.createDecipher': 'crypto.Decipher#',
  'crypto.createDecipheriv': 'crypto.Decipher#',
};

export function resultRef(ref: string): string | null {
  return Object.hasOwn(RESULTS, ref) ? (RESULTS[ref] as string) : null;
}

/** Modules of which any member that is not known by name still counts: `cp[name]()`. */
export function kindOfModule(ref: string): UseKind | null {
  if (ref === 'child_process') return 'exec';
  if (ref === 'fs' || ref === 'fs.promises') return 'fs.write';
  return null;
}
