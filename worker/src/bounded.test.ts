import { expect, test } from 'vitest';
import { readBounded } from './bounded.ts';

test('the last byte that is allowed is read, and one more ends it', async () => {
  const stream = (...parts: number[]) => new Response(new Blob(parts.map((length) => new Uint8Array(length)))).body;
  expect((await readBounded(stream(3, 4), 7))?.length).toBe(7);
  expect(await readBounded(stream(3, 5), 7)).toBeNull();
  expect((await readBounded(null, 7))?.length).toBe(0);
});
