import { testRule } from '../../../testing/rule-checks.ts';
import { noEval } from './no-eval.ts';

const handler = (body: string) => `export default async (params, context) => {\n${body}\n};\n`;

/** A148, A162. Most of these blind today's scanners. */
testRule(noEval, {
  caught: [
    { of: 'a plain eval of an unknown text', files: 'eval(text)\n', severity: 'critical' },
    { of: 'a fixed text', files: "eval('1 + 1')\n", severity: 'high' },
    { of: 'a probe for the global object, low', files: "const root = Function('return this')();\n", severity: 'low' },
    {
      of: 'a parameter of the tool',
      files: handler('return eval(params.code);'),
      severity: 'critical',
      says: 'caller',
    },
    {
      of: 'a destructured parameter',
      files: 'export default async ({ code }) => new Function(code)();\n',
      severity: 'critical',
      says: 'caller',
    },
    {
      of: 'a wrapped handler',
      files:
        "import { createToolHandler } from '@aegis/skill-sdk';\nexport default createToolHandler(async (p) => eval(p.x));\n",
      severity: 'critical',
      says: 'caller',
    },
    {
      of: 'an answer of the network',
      files: handler(
        "const text = await (await fetch('https://api.declared.example/x')).text();\nreturn new Function(text)();",
      ),
      severity: 'critical',
      says: 'network',
    },
    {
      of: 'an answer collected by events',
      files:
        "import https from 'node:https';\nhttps.get('https://api.declared.example/x', (res) => { let all = ''; res.on('data', (part) => { all += part; }); res.on('end', () => eval(all)); });\n",
      says: 'network',
    },
    {
      of: 'an answer behind a promise of its own',
      files:
        "import https from 'node:https';\nconst load = () => new Promise((done) => https.get('https://api.declared.example', (r) => { let t = ''; r.on('data', (d) => { t += d; }); r.on('end', () => done(t)); }));\nload().then((t) => eval(t));\n",
      says: 'network',
    },
    { of: 'decoded text', files: 'eval(atob(text))\n', severity: 'critical', says: 'decoded' },
    { of: 'a name cut in two', files: "const f = globalThis['ev' + 'al'];\nf(text);\n", severity: 'critical' },
    { of: 'an indirect call', files: '(0, eval)(text)\n' },
    { of: 'an optional call', files: 'eval?.(text)\n' },
    { of: 'an alias of an alias', files: 'const a = eval;\nconst { b = a } = {};\nb(text);\n' },
    { of: 'a constructor of a constructor', files: "''['constructor']['constructor']('go()')();\n", severity: 'high' },
    { of: 'the constructor of a function', files: '(() => {}).constructor(text)()\n' },
    { of: 'the constructor of an async function', files: 'Object.getPrototypeOf(async () => {}).constructor(text)\n' },
    { of: 'Reflect.apply', files: 'Reflect.apply(eval, null, [text])\n' },
    { of: 'Reflect.get', files: "Reflect.get(globalThis, 'eval')(text)\n" },
    { of: 'call and bind', files: 'const run = eval.bind(null);\nrun.call(null, text);\n' },
    { of: 'a callback', files: '[text].forEach(eval)\n' },
    { of: 'a text for a timer', files: "setTimeout('run()', 10)\n" },
    { of: 'vm', files: "import { runInNewContext as run } from 'node:vm';\nrun(text);\n" },
    {
      of: 'character codes',
      files: 'globalThis[String.fromCharCode(101, 118, 97, 108)](text)\n',
      severity: 'critical',
    },
    { of: 'a spread of character codes', files: 'globalThis[String.fromCharCode(...[101, 118, 97, 108])](text)\n' },
    { of: 'a reversed name', files: "globalThis['lave'.split('').reverse().join('')](text)\n" },
    {
      of: 'sloppy code that strict parsers refuse',
      files: { 'handlers/x.js': 'with (globalThis) { eval(text) }\nvar package = 010;\n' },
    },
    { of: 'a namespace of TypeScript', files: 'namespace Hidden { export const x = eval(text); }\n' },
    { of: 'an initialiser of an enum', files: "enum Hidden { A = eval('1') }\n" },
    { of: 'a decorator', files: 'class A { @(eval(text)) run() {} }\n' },
    { of: 'a parameter property', files: 'class A { constructor(private readonly x = eval(text)) {} }\n' },
    { of: 'casts around the name', files: '((eval as any)!<string>)(text)\n' },
    {
      of: 'another file',
      files: {
        'handlers/a.ts': "import { run } from '../lib/run.ts';\nexport default async () => run(text);\n",
        'lib/run.ts': "export const run = globalThis['eval'];\n",
      },
    },
    {
      of: 'a text file loaded as a module',
      files: { 'handlers/a.cjs': "module.exports = require('./note.txt');\n", 'handlers/note.txt': 'eval(text);\n' },
    },
  ],
  silent: [
    {
      of: 'functions for timers',
      files: 'const f = () => 1;\nsetTimeout(f, 10);\nsetInterval(function () {}, 10);\nsetTimeout(callback, 5);\n',
    },
    { of: 'a method of that name', files: "const parser = { eval: (x) => x };\nparser.eval('1');\n" },
    { of: 'a local function of that name', files: 'function run(evaluate) { return evaluate(1); }\nrun((x) => x);\n' },
    { of: 'a shadowed name', files: 'const Function = class {};\nnew Function();\n' },
    {
      of: 'the words in a text',
      files: "const words = 'eval(text) and new Function(text)';\nexport default () => words;\n",
    },
    { of: 'the words in a comment', files: '// eval(text)\nexport default () => 1;\n' },
    { of: 'the name of a constructor', files: 'export default (x) => x.constructor.name;\n' },
    { of: 'a regular expression', files: 'export default (x) => /eval\\(/.exec(x);\n' },
  ],
});
