import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendJson, serve } from '../../testing/loopback.ts';
import { signingRegistry } from '../../testing/signing-registry.ts';
import { GREETER, temporaryFolder, writeFiles } from '../../testing/test-io.ts';

const BIN = fileURLToPath(new URL('../../bin/aegis.js', import.meta.url));

/** A process starts in its own time on a machine that does other things too. */
const MINUTE_MS = 60_000;

/** The real program in a process of its own. */
function start(
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): { child: ChildProcess; out: () => string; err: () => string } {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: 'pipe',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return { child, out: () => out, err: () => err };
}

describe('the real program', { timeout: MINUTE_MS }, () => {
  it('reads standard input, writes no colours into a pipe, and sets the exit code', async () => {
    const cwd = await temporaryFolder();
    const { url } = await serve((_request, response) => {
      response
        .writeHead(401, { 'content-type': 'application/problem+json' })
        .end('{"type":"","title":"x","status":401,"code":"UNAUTHENTICATED"}');
    });
    const { child, err } = start(['login', '--registry', url, '--token', '-'], cwd);
    child.stdin?.end('aeg_from_stdin\n');
    const [code] = await once(child, 'close');
    expect(code).toBe(4);
    expect(err()).toContain('Sign in: aegis login');
    expect(err()).not.toContain('\u001b');
    expect(err()).not.toContain('aeg_from_stdin');
  });

  it('ends quietly when nobody reads on', async () => {
    const { child, err } = start(['--help'], await temporaryFolder());
    child.stdout?.destroy();
    const [code] = await once(child, 'close');
    expect([0, null]).toContain(code);
    expect(err()).toBe('');
  });

  it('stops on Ctrl-C while it waits for a registry, with exit code 130', async () => {
    const cwd = await temporaryFolder();
    let arrived = () => {};
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { url } = await serve(() => arrived());
    const { child, err } = start(['whoami'], cwd, { AEGIS_REGISTRY: url, AEGIS_TOKEN: 'aeg_x' });
    await asked;
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(err()).toContain('Interrupted.');
    expect(code).toBe(130);
  });

  it('stops on Ctrl-C in the middle of an upload, leaves nothing behind, and publishes the next time', async () => {
    const cwd = await temporaryFolder();
    const temporary = await temporaryFolder();
    await writeFiles(cwd, GREETER);
    const registry = await signingRegistry();
    let arrived = () => {};
    const uploading = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { url } = await serve(async (request, response) => {
      if (request.url.startsWith('/api/skills/private/upload')) return arrived();
      const answer = await fetch(registry.url + request.url, { headers: { authorization: 'Bearer aeg_good' } });
      sendJson(response, await answer.json());
    });
    const { child, err } = start(['publish'], cwd, { AEGIS_REGISTRY: url, AEGIS_TOKEN: 'aeg_good', TMPDIR: temporary });
    await uploading;
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(err()).toContain('Interrupted. Nothing was left half done.');
    expect(code).toBe(130);
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(cwd)).toEqual(['handlers', 'manifest.yaml', 'tests']);
    const again = start(['publish'], cwd, { AEGIS_REGISTRY: registry.url, AEGIS_TOKEN: 'aeg_good' });
    expect((await once(again.child, 'close'))[0], again.err()).toBe(0);
  });

  it('stops on Ctrl-C while a tool runs, and leaves nothing behind', async () => {
    const cwd = await temporaryFolder();
    const temporary = await temporaryFolder();
    await writeFiles(cwd, {
      ...GREETER,
      'handlers/greet.js':
        'export default async (_, { log }) => { log("spinning"); await new Promise((done) => setImmediate(done)); for (;;); };\n',
    });
    const { child, err } = start(['dev'], cwd, { TMPDIR: temporary });
    await new Promise<void>((resolve) => child.stderr?.on('data', () => err().includes('spinning') && resolve()));
    expect(await readdir(temporary)).toHaveLength(1);
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(join(cwd))).toEqual(['handlers', 'manifest.yaml', 'tests']);
  });
});
