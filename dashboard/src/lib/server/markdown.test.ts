import { expect, test } from 'vitest';
import { isMarkdown, renderMarkdown } from './markdown.ts';

test.each([
  ['a tag', '<img src=x onerror=alert(1)>', '<img'],
  ['a script', '<script>alert(1)</script>', '<script'],
  ['a script link', '[x](javascript:alert(1))', '<a'],
  ['a link', '[x](https://evil.example/?a="b"&<c>)', '<a '],
  ['a bare address', 'https://evil.example', '<a '],
  ['an autolink', '<https://evil.example>', '<a '],
  ['an image', '![x](https://evil.example/pixel.png)', '<img'],
  ['an image with a title', '![x](https://evil.example/p.png "\\"><script>")', '<script'],
  ['a reference link', '[x][r]\n\n[r]: https://evil.example', '<a '],
  ['an image inside a link', '[![x](https://a.example)](https://b.example)', '<img'],
])('%s is inert', (_, source, forbidden) => expect(renderMarkdown(source).toLowerCase()).not.toContain(forbidden));

test('a link shows where it would have led', () => {
  expect(renderMarkdown('[here](https://evil.example/a)')).toContain(
    '<span class="inert-link">here</span> <span class="target">(https://evil.example/a)</span>',
  );
});

test('code is shown as it is, whatever its language is called', () => {
  const html = renderMarkdown('```"><script>\n<b>\n```\n');
  expect(html).toBe('<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>\n');
});

test('front matter is not shown as text', () => {
  expect(renderMarkdown('---\nname: x\n---\n# Title\n')).toBe('<h1>Title</h1>\n');
});

test('only Markdown files are rendered', () => {
  expect(isMarkdown('docs/README.MD')).toBe(true);
  expect(isMarkdown('handlers/md.ts')).toBe(false);
});
