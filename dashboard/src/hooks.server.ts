import { AegisError } from '@aegis/skill-sdk/errors';
import type { Me } from '@aegis/skill-sdk/wire/people';
import type { Handle, HandleServerError, RequestEvent } from '@sveltejs/kit';
import { createInitialModeExpression } from 'mode-watcher';
import { createApi } from '$lib/server/api.ts';

/** Sets the theme before the first paint; the same text in every answer, so the page's nonce covers it. */
const THEME_SCRIPT = createInitialModeExpression({ darkClassNames: ['dark'], lightClassNames: ['light'] });

const HEADERS = {
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`: with that, browsers send `Origin: null` with plain forms, which the registry refuses.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'cache-control': 'private, no-store',
};

/** The API is handed through untouched; every page gets the registry as its reader sees it. */
export const handle: Handle = async ({ event, resolve }) => {
  event.locals.me = null;
  event.locals.trouble = null;
  if (isForRegistry(event.url.pathname)) return resolve(event);
  event.locals.api = createApi(event);
  event.locals.me = await readMe(event);
  const response = await resolve(event, {
    transformPageChunk: ({ html }) => html.replace('/* %aegis.theme% */', () => THEME_SCRIPT),
  });
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
};

function isForRegistry(path: string): boolean {
  return path.startsWith('/api/') || path.startsWith('/.well-known/');
}

/** Who is signed in. A dead session is nobody; a registry that does not answer is `trouble` for the page to tell. */
async function readMe(event: RequestEvent): Promise<Me | null> {
  if (!event.request.headers.has('cookie')) return null;
  try {
    return await event.locals.api.me();
  } catch (cause) {
    if (!(cause instanceof AegisError)) throw cause;
    if (cause.code !== 'UNAUTHENTICATED') event.locals.trouble = cause;
    return null;
  }
}

/** What was not foreseen: one line for us, one sentence and no detail for the reader. */
export const handleError: HandleServerError = ({ error, event, status, message }) => {
  if (status === 404) return { message: 'There is no such page.', code: 'NOT_FOUND' };
  console.error(
    JSON.stringify({
      level: 'error',
      message: 'page failed',
      path: event.url.pathname,
      status,
      error: describe(error),
    }),
  );
  if (error instanceof AegisError) {
    return { message: error.detail ?? error.title, code: error.code };
  }
  return {
    message: status >= 500 ? 'Something went wrong on our side. Nothing was changed.' : message,
    code: 'INTERNAL',
  };
};

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
