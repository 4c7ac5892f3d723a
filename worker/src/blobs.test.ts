import { env } from 'cloudflare:workers';
import { digestOf } from '@aegis/skill-sdk/digest';
import { expect, test } from 'vitest';
import { blobKey, getBlob, putBlob, readBlob } from './blobs.ts';

const bytes = new TextEncoder().encode('the exact bytes');
const bucket = env.ARTIFACTS;

test('bytes come back as they went in, whole and as a stream', async () => {
  const digest = await digestOf(bytes);
  await putBlob(bucket, 'package', 'ten-a', digest, bytes);
  expect(await getBlob(bucket, 'package', 'ten-a', digest)).toEqual(bytes);
  expect(await readBlob(bucket, 'package', 'ten-a', digest)).toEqual(bytes);
});

test('one tenant’s digest opens nothing of another, nor another kind', async () => {
  const digest = await digestOf(bytes);
  await putBlob(bucket, 'package', 'ten-own', digest, bytes);
  await expect(getBlob(bucket, 'package', 'ten-other', digest)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(readBlob(bucket, 'report', 'ten-own', digest)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('bytes that do not have their digest are never stored', async () => {
  const digest = await digestOf(new TextEncoder().encode('other bytes'));
  await expect(putBlob(bucket, 'package', 'ten-a', digest, bytes)).rejects.toThrow();
  await expect(getBlob(bucket, 'package', 'ten-a', digest)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('bytes that were changed behind our back are never served', async () => {
  const digest = await digestOf(bytes);
  await bucket.put(blobKey('package', 'ten-b', digest), 'changed');
  await expect(getBlob(bucket, 'package', 'ten-b', digest)).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(readBlob(bucket, 'package', 'ten-b', digest)).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('what is no digest opens nothing', async () => {
  await expect(getBlob(bucket, 'package', 'ten-a', '../../other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
