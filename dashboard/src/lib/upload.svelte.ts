import type { Problem } from '@aegis/skill-sdk/errors';
import { ARCHIVE_BYTES_MAX } from '@aegis/skill-sdk/limits';
import type { UploadAnswer } from '@aegis/skill-sdk/wire/skills';
import type { z } from 'zod';
import { bytes } from './format.ts';
import { apiPaths } from './paths.ts';
import { previewPackage, problemOf, type UploadPreview } from './upload-preview.ts';

/** Where an upload stands. */
export type UploadStep =
  | { at: 'empty' }
  | { at: 'reading' }
  | { at: 'unreadable'; problem: Problem }
  | { at: 'ready'; preview: UploadPreview }
  | { at: 'sending'; preview: UploadPreview; sentBytes: number; totalBytes: number }
  | { at: 'analysing'; preview: UploadPreview }
  | { at: 'refused'; preview: UploadPreview; problem: Problem };

export type Uploaded = z.infer<typeof UploadAnswer>;

/** One upload from the chosen file to the registry's answer. */
export class Upload {
  file = $state<File | null>(null);
  step = $state<UploadStep>({ at: 'empty' });
  readonly #tenantId: string;
  readonly #onDone: (answer: Uploaded) => void;
  #request: XMLHttpRequest | null = null;

  constructor(tenantId: string, onDone: (answer: Uploaded) => void) {
    this.#tenantId = tenantId;
    this.#onDone = onDone;
  }

  /** Reads the package here; nothing is sent. */
  async choose(file: File): Promise<void> {
    this.file = file;
    this.step = { at: 'reading' };
    try {
      await refuseLarge(file.size);
      const preview = await previewPackage(new Uint8Array(await file.arrayBuffer()), this.#tenantId, ask);
      if (this.file === file) this.step = { at: 'ready', preview };
    } catch (cause) {
      if (this.file === file) this.step = { at: 'unreadable', problem: await problemOf(cause) };
    }
  }

  clear(): void {
    this.#request?.abort();
    this.#request = null;
    this.file = null;
    this.step = { at: 'empty' };
  }

  /** Stops sending; the registry keeps nothing of a half upload. */
  cancel(): void {
    this.#request?.abort();
    this.#request = null;
    if (this.step.at === 'sending' || this.step.at === 'analysing') {
      this.step = { at: 'ready', preview: this.step.preview };
    }
  }

  /** Sends the package with its digest. XMLHttpRequest, because only it tells how much was sent. */
  send(): void {
    if (this.file === null || (this.step.at !== 'ready' && this.step.at !== 'refused')) return;
    const { preview } = this.step;
    const form = new FormData();
    form.set('archiveDigest', preview.archiveDigest);
    form.set('file', this.file);
    const request = new XMLHttpRequest();
    this.#request = request;
    request.upload.onprogress = (event) => {
      this.step = { at: 'sending', preview, sentBytes: event.loaded, totalBytes: event.total };
    };
    request.upload.onload = () => {
      this.step = { at: 'analysing', preview };
    };
    request.onload = () => void this.#answered(request, preview);
    request.onerror = () => void this.#refuse(preview, 'The registry did not answer. Nothing was stored.');
    request.open('POST', apiPaths.upload(this.#tenantId));
    this.step = { at: 'sending', preview, sentBytes: 0, totalBytes: this.file.size };
    request.send(form);
  }

  async #answered(request: XMLHttpRequest, preview: UploadPreview): Promise<void> {
    this.#request = null;
    if (request.status === 200 || request.status === 201) {
      this.#onDone(JSON.parse(request.responseText) as Uploaded);
      return;
    }
    try {
      this.step = { at: 'refused', preview, problem: JSON.parse(request.responseText) as Problem };
    } catch {
      await this.#refuse(preview, `The registry answered ${request.status}. Nothing was stored.`);
    }
  }

  async #refuse(preview: UploadPreview, detail: string): Promise<void> {
    const { AegisError, toProblem } = await import('@aegis/skill-sdk/errors');
    this.step = { at: 'refused', preview, problem: toProblem(new AegisError('UNAVAILABLE', { detail })) };
  }
}

/** Throws PAYLOAD_TOO_LARGE before a file is read that the registry would refuse. */
async function refuseLarge(size: number): Promise<void> {
  if (size <= ARCHIVE_BYTES_MAX) return;
  const { AegisError } = await import('@aegis/skill-sdk/errors');
  throw new AegisError('PAYLOAD_TOO_LARGE', {
    detail: `The file has ${bytes(size)}; a package has at most ${bytes(ARCHIVE_BYTES_MAX)}.`,
  });
}

async function ask(path: string): Promise<unknown> {
  const answer = await fetch(path);
  const body = await answer.json();
  if (answer.ok) return body;
  const { fromProblem } = await import('@aegis/skill-sdk/errors');
  throw fromProblem(body as Problem);
}
