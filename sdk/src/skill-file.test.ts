import { expect, test } from 'vitest';
import { skillFileErrors } from './skill-file.ts';

const MANIFEST = { name: 'hello', description: 'Says hello.' };
const errorsOf = (text: string, manifest: { name?: unknown; description?: unknown } = MANIFEST) =>
  skillFileErrors(text, manifest).map(({ line, column, pointer, detail }) => `${line}:${column} ${pointer} ${detail}`);

test.each([
  '---\nname: hello\ndescription: Says hello.\n---\n# Hello\n',
  '\ufeff---\r\nname: hello\r\ndescription: Says hello.\r\nlicense: MIT\r\n---\r\n',
  '---\nname: hello\ndescription: >\n  Says\n  hello.\n---',
])('%j agrees', (text) => {
  expect(errorsOf(text)).toEqual([]);
});

test('a name or description that differs is told with both sides and its place', () => {
  expect(errorsOf('---\nname: helo\ndescription: Says bye.\n---\n')).toEqual([
    '2:7 /name SKILL.md has the name "helo", the manifest has "hello"',
    '3:14 /description SKILL.md has the description "Says bye.", the manifest has "Says hello."',
  ]);
});

test('what is missing or no text differs too', () => {
  expect(errorsOf('---\nname: 5\n---\n')).toEqual([
    '2:7 /name SKILL.md has the name 5 (a number), the manifest has "hello"',
    '2:1 /description SKILL.md has the description nothing, the manifest has "Says hello."',
  ]);
});

test('a field of the manifest that is no text is not compared', () => {
  expect(errorsOf('---\nname: x\n---\n', { name: 5 })).toEqual([]);
});

test.each(['# Hello\n', '', '---\nname: hello\n', '--- \nname', '---\n---\n', ' ---\nname: a\n---\n'])(
  '%j has no front matter',
  (text) => {
    expect(errorsOf(text)).toEqual(['1:1  SKILL.md has no front matter']);
  },
);

test('front matter that is no YAML mapping is told with the line of the file', () => {
  expect(errorsOf('---\nname: hello\ndescription: a: b\n---\n')).toEqual([
    '3:14  Not valid YAML: Nested mappings are not allowed in compact mappings',
  ]);
  expect(errorsOf('---\nhello\n---\n')).toEqual(['2:1  The front matter is no mapping']);
});
