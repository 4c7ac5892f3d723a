/** What a caller does after an answer of this HTTP status; 0: an error that never came over HTTP. */
export function nextStepFor(status: number): string {
  if (status === 0) return 'Read the detail. Nothing was changed on the registry.';
  if (status === 401) return 'Sign in, or send a key that is alive.';
  if (status === 403) return 'Ask somebody whose role or key includes it. Trying again does not help.';
  if (status === 404) return 'Check the id and the tenant. What one may not know of answers the same.';
  if (status === 409) return 'Read the subject again, then decide anew. Trying the same again does not help.';
  if (status === 426) return 'Update the client.';
  if (status === 429) return 'Wait as long as Retry-After says, then try again.';
  if (status >= 500) return 'Try again later with the same request; nothing was changed.';
  return 'Change the request as the detail says. Trying the same again does not help.';
}
