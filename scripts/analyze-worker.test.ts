import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pack } from '@aegis/skill-sdk/archive';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RULES } from '../sdk/src/analyze/rules/index.ts';
import analyzer from './analyze-worker.ts';
import { bundleAnalyzer } from './bundle.ts';
import { ROOT } from './root.ts';
import { worker } from './stack.ts';

let edge: Miniflare | undefined;

beforeAll(async () => {
  edge = new Miniflare({
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.ERROR),
    workers: [worker('analyzer', await bundleAnalyzer(), {})],
  });
  await edge.ready;
}, 120_000);
afterAll(() => edge?.dispose());

type Files = Readonly<Record<string, string | Uint8Array>>;

const packed = (files: Files): Uint8Array =>
  pack(
    Object.entries(files).map(([path, content]) => ({
      path,
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
      mode: '0644',
    })),
  );

/** The report of one package, from this process and from workerd. */
async function reportsOf(files: Files): Promise<[here: string, edge: string]> {
  const body = packed(files);
  const here = await analyzer.fetch(new Request('http://analyzer.internal/', { method: 'POST', body: body.slice() }));
  const there = await edge?.dispatchFetch('http://analyzer.internal/', { method: 'POST', body: body.slice() });
  return [await here.text(), (await there?.text()) ?? ''];
}

function filesBelow(folder: string, below = ''): Record<string, Uint8Array> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name !== 'node_modules' && name !== 'dist')
      .flatMap((name) => {
        const path = join(folder, name);
        if (statSync(path).isDirectory()) return Object.entries(filesBelow(path, `${below}${name}/`));
        return [[`${below}${name}`, new Uint8Array(readFileSync(path))]];
      }),
  );
}

const examples = join(ROOT, 'examples', 'skills');

it.each(readdirSync(examples))(
  'the report of the example %s is the same bytes in Node and in workerd',
  async (name) => {
    const [here, there] = await reportsOf(filesBelow(join(examples, name)));
    expect(JSON.parse(here)).toMatchObject({ kind: 'static', decision: expect.any(String) });
    expect(there).toBe(here);
  },
);

it('the reports of every rule’s bad and good sample are the same bytes in both', async () => {
  for (const { id, bad, good } of RULES) {
    for (const { file, source } of [bad, good]) {
      // No package can be packed with such a name; what is wrong with archives is found before the analysis.
      if (file.startsWith('../')) continue;
      const [here, there] = await reportsOf({ [file]: source });
      expect(there, id).toBe(here);
    }
  }
});

const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}0${close.repeat(depth)}`;

it.each<[string, Files]>([
  ['nested up to what the parsers are allowed', { 'a.js': `x = ${nested('(', ')', 390)};` }],
  ['nested deeper than any stack', { 'a.js': `x = ${nested('[', ']', 20_000)};`, 'b.ts': nested('(', ')', 20_000) }],
  ['a chain without end', { 'a.js': `x${'.y()'.repeat(1490)}; eval(z)`, 'b.js': `x = ${'a + '.repeat(9000)}1;` }],
  ['bytes that are no text', { 'a.js': Uint8Array.from({ length: 4096 }, (_, at) => (at * 167) % 256) }],
  ['lone surrogates and hidden letters', { 'SKILL.md': '\ud800 a\u202eb \u{e0041}\u{e0042}\u{e0043}\u{e0044}' }],
  ['what does not parse in any way', { 'a.js': 'eval("({")\nfunction {', 'a.py': 'def (:\n'.repeat(3000) }],
  ['numbers that are printed', { 'a.js': `fetch('https://h${1e21}.example:' + ${0.1 + 0.2} + 1e-7 + 0xff)` }],
  ['more than a report lists', { 'a.js': Array.from({ length: 3000 }, (_, at) => `eval(a${at});`).join('\n') }],
])('a hostile package, %s, has the same report in both', async (_, files) => {
  const [here, there] = await reportsOf(files);
  expect(JSON.parse(here)).toMatchObject({ kind: 'static' });
  expect(there).toBe(here);
});
