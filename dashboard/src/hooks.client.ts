import type { HandleClientError } from '@sveltejs/kit';

/** A page that could not be read here: nothing answered, or its own script failed. One sentence, no detail. */
export const handleError: HandleClientError = ({ error, status, message }) => {
  if (status === 404) return { message: 'There is no such page.', code: 'NOT_FOUND' };
  console.error(error);
  // Browsers word it each in their own way; all of them throw a TypeError when there is no answer.
  if (!navigator.onLine || error instanceof TypeError) {
    return { message: 'The registry did not answer. Check the connection, then try again.', code: 'UNAVAILABLE' };
  }
  return { message: message || 'Something went wrong in this page.', code: 'INTERNAL' };
};
