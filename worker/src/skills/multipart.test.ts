import { describe, expect, it } from 'vitest';
import { parseMultipart, requireBoundary } from './multipart.ts';

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const text = (part: Uint8Array) => String.fromCharCode(...part);
const parse = (body: string, type = 'multipart/form-data; boundary=edge') =>
  parseMultipart(bytes(body), type).map((part) => [part.name, text(part.bytes)]);
const part = (name: string, content: string, more = '') =>
  `--edge\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;

describe('a multipart body', () => {
  it.each<[string, string, string[][]]>([
    ['one part', `${part('file', 'hello')}--edge--\r\n`, [['file', 'hello']]],
    [
      'two parts',
      `${part('a', '1')}${part('b', '2')}--edge--\r\n`,
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['no part', '--edge--\r\n', []],
    ['an empty part', `${part('a', '')}--edge--`, [['a', '']]],
    ['a preamble and an epilogue', `hi\r\n${part('a', '1')}--edge--\r\nbye`, [['a', '1']]],
    [
      'blanks after the boundary',
      `--edge \t\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--edge--`,
      [['a', '1']],
    ],
    [
      'a file name that pretends to be a name',
      `${part('file', 'x', '; filename="a; name=\\"b\\".gz"')}--edge--`,
      [['file', 'x']],
    ],
    [
      'the name after the file name',
      '--edge\r\nContent-Disposition: form-data; filename="; name=b"; name="file"\r\n\r\nx\r\n--edge--',
      [['file', 'x']],
    ],
    [
      'other headers around it',
      '--edge\r\nContent-Type: application/gzip\r\ncontent-disposition:form-data; name="file"\r\nX: y\r\n\r\nx\r\n--edge--',
      [['file', 'x']],
    ],
    [
      'bytes that look like a boundary',
      `${part('file', '\r\n--edg\r\n-edge\r\r\n--Edge')}--edge--`,
      [['file', '\r\n--edg\r\n-edge\r\r\n--Edge']],
    ],
    ['a part without a name', '--edge\r\n\r\nx\r\n--edge--', []],
  ])('%s', (_, body, parts) => expect(parse(body)).toEqual(parts));

  it('with a browser’s and a quoted boundary', () => {
    const body = `${part('a', '1')}--edge--`;
    expect(parse(body, 'multipart/form-data; boundary="edge"')).toEqual([['a', '1']]);
    expect(parse(body, 'Multipart/Form-Data; charset=utf-8; boundary=edge')).toEqual([['a', '1']]);
  });

  it('is read without a copy', () => {
    const body = bytes(`${part('file', 'x')}--edge--`);
    expect(parseMultipart(body, 'multipart/form-data; boundary=edge')[0]?.bytes.buffer).toBe(body.buffer);
  });

  it.each([
    ['nothing', ''],
    ['no boundary', 'hello'],
    ['no end', part('a', '1')],
    ['an end in the middle of a header', '--edge\r\nContent-Disposition: form-'],
    ['a boundary without a line break', '--edgeX\r\n\r\nx\r\n--edge--'],
    ['headers that never end', `--edge\r\nX: ${'y'.repeat(9000)}\r\n\r\nx\r\n--edge--`],
    ['more parts than anybody needs', `${part('a', '1').repeat(17)}--edge--`],
  ])('that cannot be read is 400: %s', (_, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });

  it('16 parts are read', () => expect(parse(`${part('a', '1').repeat(16)}--edge--`)).toHaveLength(16));

  it.each([
    [undefined],
    ['application/json'],
    ['multipart/form-data'],
    ['multipart/form-data; boundary='],
    ['multipart/mixed; boundary=edge'],
    [`multipart/form-data; boundary=${'x'.repeat(71)}`],
  ])('of another content type is 415: %s', (type) => {
    expect(() => requireBoundary(type)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }));
  });
});
