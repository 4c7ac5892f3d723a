import type { PackageFile } from './archive.ts';
import { bundleFile, handlerFile, parseHandler } from './manifest.ts';
import type { ToolDefinition, ToolParameter } from './types.ts';

/** Which file and which function each tool is, and the parameters that its input is checked against. */
const TABLE = 'aegis-run.json';

/**
 * The programs that let any shell run a tool, the same bytes in every package: JSON on standard input, JSON on standard
 * output. They enforce nothing: a sandbox or a cluster does that. A text that was published never changes; a new one is
 * a further entry, because the analyzer knows them by their bytes.
 */
const RUNNERS = {
  'aegis-run.mjs': `#!/usr/bin/env node
// Runs a tool of this skill: echo '{"name": "value"}' | node aegis-run.mjs TOOL
// The same file in every package that aegis build makes. It hands the tool plain access; what the manifest does not
// declare is refused by the sandbox or the cluster in which the skill runs.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const table = JSON.parse(await readFile(new URL('aegis-run.json', import.meta.url), 'utf8'));
const tools = Object.keys(table).filter((name) => table[name].file.endsWith('.mjs'));
const [name] = process.argv.slice(2);
if (!tools.includes(name)) {
  process.stderr.write(\`Wanted: node aegis-run.mjs TOOL < input.json, where TOOL is one of: \${tools.join(', ')}\\n\`);
  process.exit(2);
}
const say = (message) => process.stderr.write(\`\${message}\\n\`);
const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

function parseInput(text) {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch (error) {
    throw new Error(\`standard input is not JSON (\${error.message}); wanted one object with the parameters\`);
  }
}

function checkInput(parameters, input) {
  if (kindOf(input) !== 'object') throw new Error(\`the input must be an object, found \${kindOf(input)}\`);
  if (parameters === undefined) return input;
  const params = {};
  const wrong = [];
  for (const { name, type, required, default: fallback } of parameters) {
    const given = Object.hasOwn(input, name) ? input[name] : fallback;
    if (given === undefined) {
      if (required) wrong.push(\`\${name} is required\`);
    } else if (kindOf(given) !== type) wrong.push(\`\${name} must be \${type}, found \${kindOf(given)}\`);
    else params[name] = given;
  }
  const known = parameters.map(({ name }) => name);
  for (const name of Object.keys(input)) {
    if (!known.includes(name)) wrong.push(\`\${name} is unknown; known are \${known.join(', ') || 'none'}\`);
  }
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return params;
}

for (const level of ['log', 'info', 'debug']) console[level] = console.error;
const context = {
  fetch: globalThis.fetch,
  files: {
    read: (path) => readFile(path, 'utf8'),
    write: async (path, content) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    },
    list: async (path) => {
      const entries = await readdir(path, { withFileTypes: true });
      return entries.map((entry) => (entry.isDirectory() ? \`\${entry.name}/\` : entry.name)).sort();
    },
    remove: (path) => rm(path),
  },
  env: (variable) => process.env[variable],
  log: (message, fields) => say(JSON.stringify({ message, ...fields })),
  signal: new AbortController().signal,
};
try {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) text += part;
  const params = checkInput(table[name].parameters, parseInput(text));
  const module = await import(new URL(table[name].file, import.meta.url).href);
  const output = await module[table[name].name](params, context);
  process.stdout.write(\`\${JSON.stringify(output ?? null)}\\n\`);
} catch (error) {
  const message = String(error instanceof Error ? error.message : error);
  say(message.startsWith(\`\${name}: \`) ? message : \`\${name}: \${message}\`);
  process.exitCode = 1;
}
`,
  'aegis_run.py': `"""Runs a tool of this skill: echo '{"name": "value"}' | python3 aegis_run.py TOOL

The same file in every package that aegis build makes. It hands the tool plain access; what the manifest does not declare
is refused by the sandbox or the cluster in which the skill runs. Needs Python 3.9.
"""

import asyncio
import importlib.util
import inspect
import json
import os
import sys
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.abspath(__file__))


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {key.lower(): value for key, value in headers.items()}
        self.body = body
        self.ok = 200 <= status < 300

    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


class Files:
    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def write(self, path, content):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)

    def list(self, path):
        return sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in os.scandir(path))

    def remove(self, path):
        os.remove(path)


class Context:
    files = Files()

    def fetch(self, url, method="GET", headers=None, body=None, json=None):
        headers = dict(headers or {})
        if json is not None:
            body = dump(json)
            headers.setdefault("content-type", "application/json")
        data = body.encode("utf-8") if isinstance(body, str) else body
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return Response(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            return Response(answer.code, answer.headers, answer.read())

    def env(self, name):
        return os.environ.get(name)

    def log(self, message, **fields):
        print(dump({"message": message, **fields}), file=sys.stderr)


def dump(value):
    return json.dumps(value, default=str)


class InputError(Exception):
    """What was sent is not what the manifest declares."""


def kind_of(value):
    kinds = ((bool, "boolean"), ((int, float), "number"), (str, "string"), (list, "array"), (dict, "object"))
    return next((word for types, word in kinds if isinstance(value, types)), "null")


def parse_input(text):
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise InputError(f"standard input is not JSON ({error}); wanted one object with the parameters")


def check_input(parameters, given):
    if not isinstance(given, dict):
        raise InputError(f"the input must be an object, found {kind_of(given)}")
    if parameters is None:
        return given
    params = {}
    wrong = []
    for parameter in parameters:
        name, kind = parameter["name"], parameter["type"]
        if name not in given and "default" not in parameter:
            if parameter.get("required"):
                wrong.append(f"{name} is required")
            continue
        value = given[name] if name in given else parameter["default"]
        if kind_of(value) == kind:
            params[name] = value
        else:
            wrong.append(f"{name} must be {kind}, found {kind_of(value)}")
    known = [parameter["name"] for parameter in parameters]
    wrong += [f"{name} is unknown; known are {', '.join(known) or 'none'}" for name in given if name not in known]
    if wrong:
        raise InputError("; ".join(wrong))
    return params


def run(file, name, params):
    path = os.path.join(ROOT, file)
    sys.path[0:1] = [os.path.dirname(path), ROOT]
    spec = importlib.util.spec_from_file_location("aegis_handler", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    output = getattr(module, name)(params, Context())
    return asyncio.run(awaited(output)) if inspect.isawaitable(output) else output


async def awaited(value):
    return await value


def main():
    with open(os.path.join(ROOT, "aegis-run.json"), encoding="utf-8") as file:
        table = {name: tool for name, tool in json.load(file).items() if tool["file"].endswith(".py")}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in table:
        print(f"Wanted: python3 aegis_run.py TOOL < input.json, where TOOL is one of: {', '.join(table)}", file=sys.stderr)
        return 2
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        params = check_input(table[name].get("parameters"), parse_input(sys.stdin.read()))
        output = run(table[name]["file"], table[name]["name"], params)
        out.write(json.dumps(output) + "\\n")
        return 0
    except InputError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
`,
} as const;

type RunnerPath = keyof typeof RUNNERS;

interface Row {
  file: string;
  name: string;
  /** What the input is checked against; a tool with an `inputSchema` checks its own input. */
  parameters?: Omit<ToolParameter, 'description'>[];
}

/** The files that make the tools of a skill runnable from a shell; none for a skill without tools. */
export function shellRunners(tools: readonly ToolDefinition[], paths: ReadonlySet<string>): PackageFile[] {
  const table: Record<string, Row> = {};
  const needed = new Set<RunnerPath>();
  for (const { name, handler, inputSchema, parameters = [] } of tools) {
    const source = handlerFile(handler, paths);
    const { exportName } = parseHandler(handler);
    if (source === null) continue;
    const isPython = source.endsWith('.py');
    needed.add(isPython ? 'aegis_run.py' : 'aegis-run.mjs');
    const place = isPython
      ? { file: source, name: exportName === 'default' ? 'handle' : exportName }
      : { file: bundleFile(handler), name: exportName };
    table[name] = inputSchema === undefined ? { ...place, parameters: parameters.map(checkedPart) } : place;
  }
  const files = [...needed].map((path): PackageFile => ({ path, bytes: encode(RUNNERS[path]), mode: '0755' }));
  if (files.length === 0) return [];
  return [...files, { path: TABLE, bytes: encode(`${JSON.stringify(table, null, 2)}\n`), mode: '0644' }];
}

/** What of a parameter a check needs; its words stand in the manifest. */
function checkedPart({ description: _words, ...rest }: ToolParameter): Omit<ToolParameter, 'description'> {
  return rest;
}

/** True for exactly one of these programs under its own name: then nothing in it is the skill's. */
export function isShellRunner({ path, bytes }: Pick<PackageFile, 'path' | 'bytes'>): boolean {
  if (!Object.hasOwn(RUNNERS, path)) return false;
  const own = encode(RUNNERS[path as RunnerPath]);
  return own.length === bytes.length && own.every((byte, at) => byte === bytes[at]);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
