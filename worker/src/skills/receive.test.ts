import { ARCHIVE_BYTES_MAX } from '@aegis/skill-sdk/limits';
import { describe, expect, it } from 'vitest';
import { parseUpload, readBody, requireLength, UPLOAD_BYTES_MAX } from './receive.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const streamOf = (...chunks: (number | Error)[]) => {
  const left = [...chunks];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.shift();
      if (next === undefined) controller.close();
      else if (next instanceof Error) controller.error(next);
      else controller.enqueue(new Uint8Array(next).fill(next));
    },
  });
};

describe('the length of an upload', () => {
  it('is announced, and at most the bound', () => {
    expect(requireLength('0')).toBe(0);
    expect(requireLength(String(UPLOAD_BYTES_MAX))).toBe(UPLOAD_BYTES_MAX);
    expect(() => requireLength(String(UPLOAD_BYTES_MAX + 1))).toThrow(code('PAYLOAD_TOO_LARGE'));
  });
  it.each([[undefined], ['-1'], ['1.5'], ['ten'], ['99999999999999999999']])('%s is none', (header) => {
    expect(() => requireLength(header)).toThrow(code('LENGTH_REQUIRED'));
  });
});

describe('the body of an upload', () => {
  it('is read whole, however it is cut', async () => {
    expect([...(await readBody(streamOf(1, 2, 1), 4))]).toEqual([1, 2, 2, 1]);
    expect(await readBody(null, 0)).toHaveLength(0);
  });
  it('is never longer than announced', async () => {
    await expect(readBody(streamOf(3, 2), 4)).rejects.toThrow(code('PAYLOAD_TOO_LARGE'));
  });
  it.each([
    ['ends early', streamOf(3)],
    ['breaks off', streamOf(3, new Error('connection reset'))],
    ['is not there', null],
  ])('that %s is refused', async (_, stream) => {
    await expect(readBody(stream, 4)).rejects.toThrow(code('INVALID_REQUEST'));
  });
});

describe('the parts of an upload', () => {
  const type = 'multipart/form-data; boundary=edge';
  const bytes = (text: string) => new TextEncoder().encode(text);
  const part = (name: string, content: string) =>
    `--edge\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;

  it('A82: are the file, and what was said about it', () => {
    const upload = parseUpload(
      bytes(
        `${part('file', 'x')}${part('manifest', '{}')}${part('archiveDigest', 'sha256:1')}${part('more', '')}--edge--`,
      ),
      type,
    );
    expect({ ...upload, file: [...upload.file] }).toEqual({ file: [120], manifest: '{}', archiveDigest: 'sha256:1' });
    expect(Object.keys(parseUpload(bytes(`${part('file', 'x')}--edge--`), type))).toEqual(['file']);
  });
  it('need a file, once, of at most 16 MiB', () => {
    expect(() => parseUpload(bytes(`${part('manifest', '{}')}--edge--`), type)).toThrow(code('VALIDATION_FAILED'));
    expect(() => parseUpload(bytes(`${part('file', '1')}${part('file', '2')}--edge--`), type)).toThrow(
      code('VALIDATION_FAILED'),
    );
    const sized = (size: number) => bytes(`${part('file', 'x'.repeat(size))}--edge--`);
    expect(parseUpload(sized(ARCHIVE_BYTES_MAX), type).file).toHaveLength(ARCHIVE_BYTES_MAX);
    expect(() => parseUpload(sized(ARCHIVE_BYTES_MAX + 1), type)).toThrow(code('PAYLOAD_TOO_LARGE'));
  });
});
