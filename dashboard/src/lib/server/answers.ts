import { AegisError, type Problem, toProblem } from '@aegis/skill-sdk/errors';
import { type ActionFailure, error, fail, redirect } from '@sveltejs/kit';
import { paths } from '../paths.ts';

/** Runs a page's reading: a refusal of the registry becomes the page's error, a dead session the sign-in page. */
export async function read<T>(url: URL, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    if (!(cause instanceof AegisError)) throw cause;
    if (cause.code === 'UNAUTHENTICATED') redirect(303, paths.signIn(url.pathname + url.search));
    error(statusOf(cause), {
      message: cause.detail ?? cause.title,
      code: cause.code,
      ...(cause.requestId === undefined ? {} : { requestId: cause.requestId }),
    });
  }
}

/** Runs a change: a refusal of the registry becomes the form's problem, with everything that was typed kept. */
export async function change<T>(task: () => Promise<T>): Promise<T | ActionFailure<{ problem: Problem }>> {
  try {
    return await task();
  } catch (cause) {
    if (!(cause instanceof AegisError)) throw cause;
    return refused(cause);
  }
}

/** The form's problem for an error. */
export function refused(cause: AegisError): ActionFailure<{ problem: Problem }> {
  return fail(statusOf(cause), { problem: toProblem(cause, cause.requestId) });
}

/** Codes that never come over HTTP (no answer, a strange answer) are an unavailable registry to the reader. */
function statusOf(cause: AegisError): number {
  return cause.status === 0 ? 503 : cause.status;
}

/** One text field of a form, trimmed; empty when it was not sent. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** All values of a repeated field. */
export function texts(form: FormData, name: string): string[] {
  return form.getAll(name).filter((value): value is string => typeof value === 'string' && value !== '');
}
