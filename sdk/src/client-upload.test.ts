import { describe, expect, it } from 'vitest';
import { sendJson, sendProblem, serve } from '../testing/loopback.ts';
import { createClient } from './client.ts';

const ANSWER = { id: 'skv-01jd0000000000000000000000', name: 'crm', version: '1.0.0', status: 'pending_review' };
const ATTEMPT = { 'aegis-attempt': 'att-01jd0000000000000000000000' };

describe('an upload (A81, A82)', () => {
  it('is a form with file, manifest and digest, and of known length although its progress is told', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, ANSWER, 201, ATTEMPT));
    const archive = new Uint8Array(200_000).map((_, index) => index % 251);
    const progress: number[] = [];
    const uploaded = await createClient({ url, token: 'aeg_x' }).skills.upload(archive, {
      manifest: { name: 'crm' },
      archiveDigest: 'sha256:x',
      onProgress: ({ sentBytes, totalBytes }) => progress.push(sentBytes / totalBytes),
    });
    expect(uploaded).toEqual({ ...ANSWER, attemptId: ATTEMPT['aegis-attempt'] });
    const [request] = received;
    expect(request?.headers['content-length']).toBe(String(request?.body.length));
    expect(request?.headers['transfer-encoding']).toBeUndefined();
    const form = await new Response(new Uint8Array(request?.body ?? []), {
      headers: { 'content-type': request?.headers['content-type'] ?? '' },
    }).formData();
    expect(form.get('manifest')).toBe('{"name":"crm"}');
    expect(form.get('archiveDigest')).toBe('sha256:x');
    const file = form.get('file');
    expect(file instanceof File && new Uint8Array(await file.arrayBuffer())).toEqual(archive);
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toBe(1);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  });

  it('is sent again as a whole after 503: the same bytes are the same version', async () => {
    let left = 1;
    const { url, received } = await serve((_request, response) =>
      left-- > 0
        ? sendProblem(response, 503, 'UNAVAILABLE', {}, { 'retry-after': '0' })
        : sendJson(response, ANSWER, 200),
    );
    const uploaded = await createClient({ url }).skills.upload(new Uint8Array([1, 2, 3]), { onProgress: () => {} });
    expect(uploaded.attemptId).toBeNull();
    expect(received).toHaveLength(2);
    expect(received[0]?.body).toEqual(received[1]?.body);
  });

  it('is not sent again when the registry refuses it', async () => {
    const { url, received } = await serve((_request, response) =>
      sendProblem(response, 409, 'VERSION_EXISTS', { detail: 'crm 1.0.0 exists' }),
    );
    await expect(createClient({ url }).skills.upload(new Uint8Array([1]))).rejects.toMatchObject({
      code: 'VERSION_EXISTS',
      detail: 'crm 1.0.0 exists',
    });
    expect(received).toHaveLength(1);
  });
});
