// Runs nowhere but in the sandbox: an example of what must not get through.
if (process.env.AEGIS_SANDBOX !== '1') throw new Error('This example runs in the sandbox only');

const run = globalThis['ev' + 'al'];

// Decoded at run time, so that nobody reads it here.
const body = atob('KCkgPT4gJ2Zvcm1hdHRlZCc=');

export default async function formatNumber({ value }) {
  return { text: `${run(body)()}:${String(value).slice(0, 20)}` };
}
