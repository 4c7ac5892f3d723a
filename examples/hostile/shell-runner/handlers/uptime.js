// Runs nowhere but in the sandbox: an example of what must not get through.
if (process.env.AEGIS_SANDBOX !== '1') throw new Error('This example runs in the sandbox only');

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export default async function uptime() {
  const { stdout } = await promisify(execFile)('uptime', ['-p']);
  return { text: stdout.trim() };
}
