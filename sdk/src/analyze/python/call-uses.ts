import { type Destination, destinationOfHost, destinationOfUrl } from '../code/addresses.ts';
import type { UseKind } from '../code/apis.ts';
import { spelledPath } from '../code/targets.ts';
import { HOLE } from '../code/value.ts';
import { apiOf, argumentOf, isPowerful, isWriting, OPEN_FILE, type PythonApi, payloadOf } from './apis.ts';
import type { CallValues } from './evaluate.ts';
import { type Collector, fold, push } from './found-uses.ts';
import { fileAt, type Site } from './scopes.ts';
import { argumentsOf, type PythonNode } from './syntax.ts';
import { joinOrigins, knownTexts, NOTHING, type Origin, onlyText, textValue, type Value } from './value.ts';

/** Programs in texts that programs in texts run. */
const NESTED_MAX = 3;

export function visitCall(found: Collector, { node, scope }: Site): void {
  const { ev } = found;
  const callee = ev.evaluate(node.children[0], scope);
  const result = ev.evaluate(node, scope);
  fold(found, node, result);
  const args = ev.argumentValues(node, scope);
  for (const ref of callee.refs) {
    const api = apiOf(ref);
    if (api !== null) add(found, node, ref, api, args, callee.assembled && isPowerful(ref));
    else if (ref.endsWith('.*')) addAnyMember(found, node, ref, args);
    if (ENVIRONMENT_CALLS.test(ref)) addVariable(found, node, args.positional[0] ?? NOTHING);
    if (ref === `${OPEN_FILE}.write`) {
      const written = payloadOf(ev, args, -1);
      // That the file is written is known from where it was opened.
      if (written.length > 0) addPath(found, node, 'write', 'fs.write', args.receiver ?? NOTHING, written);
    }
    if (STORES.test(ref) && args.positional[1] !== undefined) {
      addPath(found, node, ref, 'fs.write', args.positional[1], result.origins);
    }
    if (ref === 'os.dup2') addShell(found, node, ref, args.positional.slice(0, 1));
    if (ref.startsWith('os.environ.') && /\.(copy|items|values)$/.test(ref)) pushEnvironment(found, node);
    if (ref === 'httpx.Client' || ref === 'httpx.AsyncClient') addBase(found, node, ref, args);
  }
  const isStarter = callee.refs.some((ref) => apiOf(ref)?.kind === 'exec');
  const values = isStarter ? args.positional : [...args.positional, ...args.named.values(), ...args.spread];
  if (values.some(({ refs }) => refs.includes('os.environ'))) pushEnvironment(found, node);
}

/** They put what an address gives into a file. */
const STORES = /^(?:urllib\.request\.urlretrieve|urllib\.urlretrieve|wget\.download)$/;
const ENVIRONMENT_CALLS = /^(os\.(getenv|environ\.(get|pop|setdefault))|context\.env)$/;

export function addVariable(found: Collector, node: PythonNode, name: Value): void {
  const values = knownTexts(name);
  push(found, node, 'os.environ', {
    kind: 'env',
    values,
    complete: values.length > 0 && values.length === name.texts.length,
  });
}

function pushEnvironment(found: Collector, node: PythonNode): void {
  push(found, node, 'os.environ', { kind: 'env', values: ['*'], complete: false });
}

/** `getattr(os, name)()`: some member, nobody knows which. */
function addAnyMember(found: Collector, node: PythonNode, ref: string, args: CallValues): void {
  const base = ref.slice(0, -2);
  const kind =
    base === 'os' || base === 'subprocess'
      ? 'exec'
      : base === 'builtins' || base === '__builtins__' || base === ''
        ? 'eval'
        : null;
  if (kind === null) return;
  const top = fileAt(found.module, node.from)?.top;
  const callee = top === undefined ? NOTHING : found.ev.evaluate(node.children[0], top);
  const origins = joinOrigins([callee.origins, (args.positional[0] ?? NOTHING).origins]);
  push(found, node, ref, { kind, values: [], complete: false, origins, isHidden: true });
}

/** A socket as the input or output of a process is a shell for whoever sits at the other end. */
function addShell(found: Collector, node: PythonNode, ref: string, values: readonly Value[]): void {
  const isSocket = values.some(({ refs }) => refs.some((name) => /^socket\.socket#(\.fileno)?$/.test(name)));
  const isNumber = values.some(({ origins }) => origins.some(({ kind }) => kind === 'network'));
  if (isSocket || isNumber || (ref === 'os.dup2' && /\bsocket\b[\s\S]*\.fileno\(\)/.test(found.module.text)))
    push(found, node, ref, { kind: 'net.send', values: [], complete: true, api: 'socket as a shell' });
}

function addBase(found: Collector, node: PythonNode, ref: string, args: CallValues): void {
  const base = args.named.get('base_url');
  if (base !== undefined)
    addNetwork(
      found,
      node,
      ref,
      base.texts.map((text) => destinationOfUrl(text, 443)),
      base.origins,
      [],
    );
}

function add(
  found: Collector,
  node: PythonNode,
  ref: string,
  api: PythonApi,
  args: CallValues,
  isHidden: boolean,
): void {
  const { ev } = found;
  const target = argumentOf(args, api);
  const payload = payloadOf(ev, args, api.form === 'url' ? api.at : -1);
  const { origins } = target;
  switch (api.form) {
    case 'url':
    case 'host-port':
    case 'pair':
      addNetwork(found, node, ref, destinations(target, api, args), origins, payload);
      return;
    case 'path':
      addPath(found, node, ref, api.kind, target, payload);
      return;
    case 'open':
      addPath(found, node, ref, isWriting(args, api) ? 'fs.write' : 'fs.read', target, payload);
      return;
    case 'copy':
      addPath(found, node, ref, 'fs.read', target, payload);
      addPath(found, node, ref, 'fs.write', args.positional[1] ?? args.named.get('dst') ?? NOTHING, payload);
      return;
    case 'move':
      addPath(found, node, ref, 'fs.write', target, payload);
      addPath(found, node, ref, 'fs.write', args.positional[1] ?? args.named.get('dst') ?? NOTHING, payload);
      return;
    case 'command':
    case 'program':
      addCommand(found, node, ref, { api, args, target, payload, isHidden });
      return;
    case 'code':
      addCode(found, node, ref, target, payload, isHidden);
      return;
    case 'name': {
      const values = knownTexts(target);
      const complete = values.length > 0 && values.length === target.texts.length;
      if (api.kind === 'load' && complete && !target.assembled) return;
      const hides =
        isHidden || (target.assembled && values.some((name) => POWERFUL_MODULES.has(name.split('.', 1)[0] ?? '')));
      push(found, node, ref, {
        kind: api.kind,
        values,
        complete,
        origins,
        payload,
        isHidden: hides,
        isConstant: complete,
      });
      return;
    }
    case 'data':
      push(found, node, ref, { kind: api.kind, values: [], complete: true, payload });
  }
}

const POWERFUL_MODULES = new Set([
  'os',
  'subprocess',
  'socket',
  'ctypes',
  'pty',
  'requests',
  'urllib',
  'builtins',
  'marshal',
]);

function textsOf(base: Value): readonly string[] {
  return base.texts.length === 0 ? [HOLE] : base.texts;
}

function destinations(target: Value, api: PythonApi, args: CallValues): Destination[] {
  if (api.form === 'url') return textsOf(target).map((text) => destinationOfUrl(text, api.port));
  const [host, port] =
    api.form === 'pair'
      ? [target.items?.[0] ?? NOTHING, target.items?.[1] ?? NOTHING]
      : [target, args.named.get('port') ?? args.positional[api.at + 1] ?? textValue(String(api.port))];
  const ports = api.port === 53 ? ['53'] : textsOf(port);
  return textsOf(host).flatMap((name) =>
    ports.map((number): Destination => {
      const [plain = '', inHost] = /^[^:]+:\d+$/.test(name) ? name.split(':') : [name];
      const text = inHost ?? number;
      return /^\d{1,5}$/.test(text) ? destinationOfHost(plain, Number(text)) : { kind: 'unknown' };
    }),
  );
}

function addNetwork(
  found: Collector,
  node: PythonNode,
  ref: string,
  places: readonly Destination[],
  origins: readonly Origin[],
  payload: readonly Origin[],
): void {
  const values = new Set(places.flatMap((item) => (item.kind === 'host' ? [item.value] : [])));
  const complete = places.every(({ kind }) => kind !== 'unknown');
  // A relative address: the host is named elsewhere.
  if (complete && values.size === 0) return;
  push(found, node, ref, { kind: 'net', values: [...values], complete, origins, payload });
}

function addPath(
  found: Collector,
  node: PythonNode,
  ref: string,
  kind: UseKind,
  path: Value,
  payload: readonly Origin[],
): void {
  const values = new Set<string>();
  let complete = true;
  for (const text of textsOf(path)) {
    const spelled = spelledPath(text);
    if (spelled === null || /^\d+$/.test(text)) complete = false;
    else values.add(spelled);
  }
  push(found, node, ref, { kind, values: [...values], complete, origins: path.origins, payload });
}

interface CommandParts {
  readonly api: PythonApi;
  readonly args: CallValues;
  readonly target: Value;
  readonly payload: readonly Origin[];
  readonly isHidden: boolean;
}

const SHELLS = /(^|\/)(ba|z|k|da|fi)?sh$|(^|\/|\\)(cmd|powershell|pwsh|osascript)(\.exe)?$/i;

function addCommand(found: Collector, node: PythonNode, ref: string, parts: CommandParts): void {
  const { api, args, target, payload, isHidden } = parts;
  const list = api.form === 'program' ? [target, ...args.positional.slice(api.at + 1)] : target.items;
  const [program] = list ?? [target];
  const setting = argumentsOf(node, found.module.text).named.get('shell');
  const isShell =
    list === null
      ? setting !== undefined || !ref.startsWith('subprocess.')
      : SHELLS.test(onlyText(program ?? NOTHING) ?? '');
  const values =
    list === null
      ? textsOf(target)
      : textsOf(program ?? NOTHING).map((head) =>
          [head, ...list.slice(1).map((item) => textsOf(item)[0] ?? HOLE)].join(' '),
        );
  const origins =
    list === null || isShell
      ? joinOrigins([target.origins, ...(list ?? []).map((item) => item.origins)])
      : (program ?? NOTHING).origins;
  const complete = values.every((text) => !text.includes(HOLE));
  const shown = values.filter((text) => text.replaceAll(HOLE, '').trim() !== '');
  const isConstant = complete && origins.length === 0;
  push(found, node, ref, { kind: 'exec', values: shown, complete, origins, payload, isHidden, isShell, isConstant });
  addShell(
    found,
    node,
    ref,
    ['stdin', 'stdout', 'stderr'].map((name) => args.named.get(name) ?? NOTHING),
  );
}

function addCode(
  found: Collector,
  node: PythonNode,
  ref: string,
  code: Value,
  payload: readonly Origin[],
  isHidden: boolean,
): void {
  const known = knownTexts(code);
  const complete = known.length > 0 && known.length === code.texts.length;
  // What compile() makes is judged where it runs.
  if (ref === 'compile' && code.origins.length === 0) return;
  const isConstant = complete && code.origins.length === 0;
  push(found, node, ref, {
    kind: 'eval',
    values: known,
    complete,
    origins: code.origins,
    payload,
    isHidden,
    isConstant,
  });
  const { input, ev } = found;
  for (const text of known) {
    if (input.depth >= NESTED_MAX || ev.exhausted) return;
    const at = input.at ?? node.from;
    const inner = found.inner(text, { ...input, handlers: () => [], at, depth: input.depth + 1, stepsMax: ev.left });
    ev.left -= inner.steps;
    found.uses.push(...inner.uses);
    found.folded.push({ text: text.slice(0, 4096), place: input.source.place(at) });
  }
}
