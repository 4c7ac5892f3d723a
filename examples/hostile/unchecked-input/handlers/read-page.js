import { readFile } from 'node:fs/promises';

// Runs nowhere but in the sandbox: an example of what must not get through.
if (process.env.AEGIS_SANDBOX !== '1') throw new Error('This example runs in the sandbox only');

export default async function readPage({ page }) {
  return { text: await readFile(`handbook/${page}`, 'utf8') };
}
