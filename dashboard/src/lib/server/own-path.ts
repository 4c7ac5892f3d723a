/** The path when it stays on this origin, else null: a link must not send people elsewhere after sign-in. */
export function ownPath(path: string | null): string | null {
  if (path === null || !/^\/(?![/\\])/.test(path)) return null;
  const url = new URL(path, 'https://own.test');
  return url.origin === 'https://own.test' ? `${url.pathname}${url.search}` : null;
}
