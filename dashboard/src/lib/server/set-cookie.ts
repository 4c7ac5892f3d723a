import type { Cookies } from '@sveltejs/kit';

type CookieOptions = Parameters<Cookies['set']>[2];

/** One `Set-Cookie` line, read; null when it is none. The value stays encoded as it came. */
export function parseSetCookie(line: string): { name: string; value: string; options: CookieOptions } | null {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const equals = pair.indexOf('=');
  if (equals <= 0) return null;
  // Kit defaults both to true; what the registry did not ask for is not added.
  const options: CookieOptions = { path: '/', httpOnly: false, secure: false };
  for (const attribute of attributes) {
    const [key = '', ...rest] = attribute.split('=');
    applyAttribute(options, key.toLowerCase(), rest.join('='));
  }
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1), options };
}

function applyAttribute(options: CookieOptions, key: string, value: string): void {
  if (key === 'path') options.path = value;
  else if (key === 'domain') options.domain = value;
  else if (key === 'max-age') options.maxAge = Number(value);
  else if (key === 'expires') options.expires = new Date(value);
  else if (key === 'httponly') options.httpOnly = true;
  else if (key === 'secure') options.secure = true;
  else if (key === 'partitioned') options.partitioned = true;
  else if (key === 'samesite') options.sameSite = sameSite(value);
}

function sameSite(value: string): 'lax' | 'strict' | 'none' {
  const word = value.toLowerCase();
  return word === 'strict' || word === 'none' ? word : 'lax';
}

/** Hands every cookie of the registry's answer on to the browser, unchanged. */
export function forwardCookies(answer: Response, cookies: Cookies): void {
  for (const line of answer.headers.getSetCookie()) {
    const cookie = parseSetCookie(line);
    if (cookie !== null)
      cookies.set(cookie.name, cookie.value, { ...cookie.options, encode: (value: string) => value });
  }
}
