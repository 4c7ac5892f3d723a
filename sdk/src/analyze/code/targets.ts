import { type Destination, destinationOfHost, destinationOfUrl } from './addresses.ts';
import type { Api, UseKind } from './apis.ts';
import type { Call } from './calls.ts';
import type { Evaluator } from './evaluate.ts';
import { ownMember } from './members.ts';
import { normalisePath } from './paths.ts';
import { HOLE, join, joinOrigins, knownTexts, NOTHING, type Origin, textValue, type Value } from './value.ts';

/** What one call means to do: one kind of use, and to what. */
export interface Target {
  readonly kind: UseKind;
  /** `host:port`, paths, names, commands or program texts; unknown parts of paths end in `/**`. */
  readonly values: readonly string[];
  /** The ends of paths that are known even where their beginning is not. */
  readonly ends?: readonly string[];
  /** False when there may be values that are not listed. */
  readonly complete: boolean;
  /** What decides the value comes from here. */
  readonly origins: readonly Origin[];
  /** Exec: a shell reads the command. */
  readonly isShell: boolean;
  /** Eval, exec: all of it is written down in the source. */
  readonly isConstant: boolean;
}

/** What a call of a known API does; empty when it does nothing that matters (a timer with a function). */
export function targetsOf(ev: Evaluator, call: Call, api: Api, ref: string): Target[] {
  switch (api.form) {
    case 'url':
      return network(urlDestinations(ev, call, api));
    case 'port-host':
      return network(socketDestinations(ev, call));
    case 'datagram':
      return network(datagramDestinations(call));
    case 'host':
      return network(hostsOf(call.argument(0), 53));
    case 'path':
      return [fileTarget(openKind(call, api, ref), pathArgument(call, api, ref))];
    case 'copy':
      return [fileTarget('fs.read', call.argument(0)), fileTarget('fs.write', call.argument(1))];
    case 'move':
      return [fileTarget('fs.write', call.argument(0)), fileTarget('fs.write', call.argument(1))];
    case 'command':
      return [textTarget('exec', call.argument(0), true)];
    case 'program':
      return [programTarget(ev, call)];
    case 'code':
      // A worker takes a path, unless it is told that it is a program.
      if (ref === 'worker_threads.Worker' && !isSet(option(ev, call, call.argument(1), 'eval'))) return [];
      return [textTarget('eval', call.argument(api.at), false)];
    case 'unknown-member':
      return [{ ...textTarget('eval', call.argument(0), false), origins: call.callee.origins }];
    case 'function-body':
      return call.count === 0 ? [] : [textTarget('eval', bodyOf(call), false)];
    case 'code-or-function':
      return timerTarget(call);
    case 'name':
      return call.count === 0 ? [] : [textTarget(api.kind, call.argument(0), false)];
    case 'data':
      return [{ kind: api.kind, values: [], complete: true, origins: [], isShell: false, isConstant: false }];
  }
}

interface Destinations {
  found: Destination[];
  origins: readonly Origin[];
}

function network({ found, origins }: Destinations): Target[] {
  const values = new Set<string>();
  for (const item of found) if (item.kind === 'host') values.add(item.value);
  const complete = found.length > 0 && found.every((item) => item.kind !== 'unknown');
  // A relative address, a Unix socket: nothing leaves.
  if (complete && values.size === 0) return [];
  return [{ kind: 'net', values: [...values], complete, origins, isShell: false, isConstant: false }];
}

function textsOf(base: Value): readonly string[] {
  return base.texts.length > 0 ? base.texts : [HOLE];
}

const ADDRESS_KEYS = ['url', 'uri', 'href', 'baseURL', 'baseUrl', 'prefixUrl', 'origin'];

function urlDestinations(ev: Evaluator, call: Call, api: Api): Destinations {
  const address = call.argument(api.at);
  const portDefault = api.port ?? 443;
  const found: Destination[] = [];
  const lists: (readonly Origin[])[] = [address.origins];
  const isOptions = address.things.some(({ kind }) => kind === 'object' || kind === 'fields');
  if (isOptions) {
    const options = optionDestinations(ev, call, address, portDefault);
    found.push(...options.found);
    lists.push(options.origins);
  }
  if (!isOptions || address.texts.length > 0) {
    for (const text of textsOf(address)) found.push(destinationOfUrl(text, portDefault));
  }
  const override =
    option(ev, call, call.argument(api.at + 1), 'hostname') ?? option(ev, call, call.argument(api.at + 1), 'host');
  if (override !== null) found.push(...hostsOf(override, portDefault).found);
  const base = baseOf(ev, call, api);
  if (base !== null && found.every(({ kind }) => kind !== 'host')) return hostless(base, lists, portDefault);
  return { found, origins: joinOrigins(lists) };
}

/** `axios.get('/users', {baseURL})`. */
function baseOf(ev: Evaluator, call: Call, api: Api): Value | null {
  const options = call.argument(api.at + 1);
  if (!options.things.some(({ kind }) => kind === 'object' || kind === 'fields')) return null;
  for (const key of ['baseURL', 'prefixUrl', 'baseUrl']) {
    const base = option(ev, call, options, key);
    if (base !== null) return base;
  }
  return null;
}

function hostless(base: Value, lists: (readonly Origin[])[], port: number): Destinations {
  return {
    found: textsOf(base).map((text) => destinationOfUrl(text, port)),
    origins: joinOrigins([...lists, base.origins]),
  };
}

/** The value of an option that the object has, or null. */
function option(ev: Evaluator, call: Call, options: Value, key: string): Value | null {
  return ownMember(ev, options, key, { module: call.module, offset: call.node.start });
}

function optionDestinations(ev: Evaluator, call: Call, options: Value, portDefault: number): Destinations {
  const read = (key: string): Value | null => option(ev, call, options, key);
  if (knownTexts(read('socketPath') ?? NOTHING).length > 0) return { found: [{ kind: 'none' }], origins: [] };
  for (const key of ADDRESS_KEYS) {
    const address = read(key);
    if (address === null) continue;
    const found = textsOf(address).map((text) => destinationOfUrl(text, portDefault));
    const isRelative = found.every(({ kind }) => kind === 'none');
    if (!isRelative) return { found, origins: address.origins };
  }
  const host = read('hostname') ?? read('host') ?? read('servername');
  if (host === null) return { found: [{ kind: 'unknown' }], origins: options.origins };
  const protocol = knownTexts(read('protocol') ?? NOTHING)[0];
  const usual = protocol === 'https:' ? 443 : protocol === 'http:' ? 80 : portDefault;
  return withPorts(host, read('port'), usual);
}

function withPorts(host: Value, port: Value | null, usual: number): Destinations {
  const ports = port === null ? [String(usual)] : textsOf(port);
  const found: Destination[] = [];
  for (const name of textsOf(host)) {
    for (const number of ports) {
      const [plain = '', inHost] = /:\d+$/.test(name) ? name.split(':') : [name];
      const text = inHost ?? number;
      found.push(/^\d{1,5}$/.test(text) ? destinationOfHost(plain, Number(text)) : { kind: 'unknown' });
    }
  }
  return { found, origins: joinOrigins([host.origins, port?.origins ?? []]) };
}

/** `connect(port, host)` or `connect({port, host})`; without a host it is this machine. */
function socketDestinations(ev: Evaluator, call: Call): Destinations {
  const first = call.argument(0);
  if (first.things.some(({ kind }) => kind === 'object' || kind === 'fields')) {
    const read = (key: string): Value | null => option(ev, call, first, key);
    if (knownTexts(read('path') ?? NOTHING).length > 0) return { found: [{ kind: 'none' }], origins: [] };
    const port = read('port') ?? read('servername');
    return withPorts(read('host') ?? read('hostname') ?? textValue('localhost'), port, 443);
  }
  if (knownTexts(first).some((text) => text.startsWith('/') || text.startsWith('\\\\.')))
    return { found: [{ kind: 'none' }], origins: [] };
  const second = call.argument(1);
  const isHost = call.count > 1 && !second.things.some(({ kind }) => kind === 'function' || kind === 'object');
  return withPorts(isHost ? second : textValue('localhost'), first, 443);
}

function datagramDestinations(call: Call): Destinations {
  const at = call.count >= 5 ? 3 : 1;
  return withPorts(call.count > at + 1 ? call.argument(at + 1) : textValue('localhost'), call.argument(at), 0);
}

function hostsOf(host: Value, port: number): Destinations {
  return { found: textsOf(host).map((text) => destinationOfHost(text, port)), origins: host.origins };
}

function openKind(call: Call, api: Api, ref: string): UseKind {
  if (!/\.open(Sync)?$/.test(ref)) return api.kind;
  const flags = call.argument(1);
  return flags.texts.some((text) => /[wa+]|O_(WRONLY|RDWR|CREAT)/.test(text)) ? 'fs.write' : 'fs.read';
}

function pathArgument(call: Call, api: Api, ref: string): Value {
  return ref === 'fs.WriteStream#pipe' ? call.argument(0) : call.argument(api.at);
}

function fileTarget(kind: UseKind, path: Value): Target {
  const values = new Set<string>();
  let complete = true;
  for (const text of textsOf(path)) {
    const spelled = spelledPath(text);
    if (spelled === null) complete = false;
    else values.add(spelled);
  }
  const ends = textsOf(path).flatMap((text) => text.slice(text.lastIndexOf(HOLE) + 1) || []);
  return { kind, values: [...values], ends, complete, origins: path.origins, isShell: false, isConstant: false };
}

/** A path as events spell it; `data/**` when only its beginning is known; null when nothing is. */
export function spelledPath(text: string): string | null {
  const plain = text.replace(/^file:\/\//, '');
  const hole = plain.indexOf(HOLE);
  if (hole < 0) return plain === '' ? null : normalisePath(plain);
  const folder = plain.slice(0, plain.lastIndexOf('/', hole) + 1);
  // A path below a folder that is open already says nothing about where that folder is.
  if (folder.startsWith('/proc/self/fd/') || folder.startsWith('/dev/fd/')) return null;
  // The root and the parent are no beginning.
  if (folder === '' || folder === '/' || /(^|\/)\.\.\/$/.test(folder) || folder === './') return null;
  return `${normalisePath(folder)}/**`;
}

function textTarget(kind: UseKind, base: Value, isShell: boolean): Target {
  const known = knownTexts(base);
  const complete = base.texts.length > 0 && known.length === base.texts.length;
  const values = kind === 'exec' ? textsOf(base).filter((text) => text !== HOLE) : known;
  return { kind, values, complete, origins: base.origins, isShell, isConstant: complete && base.origins.length === 0 };
}

const SHELLS = /(^|\/)(ba|z|k|da|fi)?sh$|(^|\/|\\)(cmd|powershell|pwsh)(\.exe)?$/i;

/** `spawn(program, args, options)`; also `Bun.spawn([program, …])` and `Deno.run({cmd: […]})`. */
function programTarget(ev: Evaluator, call: Call): Target {
  const first = call.argument(0);
  const list = listOf(first) ?? listOf(option(ev, call, first, 'cmd') ?? NOTHING);
  const program = list?.[0] ?? first;
  const args = list !== null ? list.slice(1) : argumentsOf(ev, call);
  const options = listOf(call.argument(1)) === null ? join([call.argument(1), call.argument(2)]) : call.argument(2);
  const isShell = isSet(option(ev, call, options, 'shell')) || knownTexts(program).some((text) => SHELLS.test(text));
  const rest = args === null ? [HOLE] : args.map((argument) => textsOf(argument)[0] ?? HOLE);
  const values = textsOf(program).map((text) => [text, ...rest].join(' ').trim());
  const origins = joinOrigins([program.origins, ...(isShell ? (args ?? []).map((argument) => argument.origins) : [])]);
  const complete = values.every((text) => !text.includes(HOLE));
  return {
    kind: 'exec',
    values: values.filter((text) => text.replaceAll(HOLE, '').trim() !== ''),
    complete,
    origins,
    isShell,
    isConstant: complete && origins.length === 0,
  };
}

function listOf(base: Value): readonly Value[] | null {
  const array = base.things.find((thing) => thing.kind === 'array');
  return array?.kind === 'array' ? array.items : null;
}

function argumentsOf(ev: Evaluator, call: Call): readonly Value[] | null {
  const second = call.argument(1);
  const list = listOf(second);
  if (list !== null) return list;
  const inOptions = listOf(option(ev, call, second, 'args') ?? NOTHING);
  if (inOptions !== null) return inOptions;
  return call.count < 2 || second.things.some(({ kind }) => kind === 'object') ? [] : null;
}

function isSet(base: Value | null): boolean {
  return base !== null && !base.texts.every((text) => text === 'false' || text === 'undefined' || text === 'null');
}

function bodyOf(call: Call): Value {
  const last = call.rest === null ? call.argument(call.count - 1) : join([call.rest, call.argument(call.count - 1)]);
  return last;
}

/** Timers run texts too. A name that may be anything is nearly always a function. */
function timerTarget(call: Call): Target[] {
  const code = call.argument(0);
  const isText =
    code.texts.some((text) => text !== HOLE) &&
    code.texts.every((text) => !/^(undefined|null|true|false|\d+)$/.test(text));
  const isForeign = code.origins.some(({ kind }) => kind === 'decoded');
  if (code.things.length > 0 || code.refs.length > 0 || !(isText || (isForeign && code.texts.includes(HOLE))))
    return [];
  return [textTarget('eval', code, false)];
}
