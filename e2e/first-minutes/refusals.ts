import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { signIn } from '../../scripts/session.ts';
import type { Fifty } from './installs.ts';
import { accountOf, type Newcomer } from './newcomer.ts';

/** Tampered blob, tampered lock, wrong key, revoked approval: each is refused by name, and nothing is written. */
export async function refuseAll(newcomer: Newcomer, fifty: Fifty, say: (line: string) => void): Promise<void> {
  const refuse = refuser(newcomer, fifty);
  const id = await fifty.publish('refused', '1.0.0');
  const lock = join(newcomer.folder, 'lock');
  mkdirSync(lock);
  assert.equal((await fifty.run(['install', 'refused'], { cwd: lock })).code, 0);

  const liar = await changeBlobs(newcomer.url);
  const { port } = liar.address() as AddressInfo;
  const said = [await refuse('blob', ['install', 'refused'], { registry: `http://127.0.0.1:${port}` })];
  liar.closeAllConnections();
  liar.close();

  const text = readFileSync(join(lock, 'aegis.lock'), 'utf8');
  const tampered = text.replace(/("contentDigest": "sha256:)[0-9a-f]{8}/, '$100000000');
  assert.notEqual(tampered, text);
  said.push(await refuse('lock', ['install', '--frozen'], { lock: tampered }));

  const keys = await (await fetch(`${newcomer.url}/.well-known/aegis/keys.json`)).text();
  const stranger = join(newcomer.folder, 'keys.json');
  const { publicKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const { x } = await crypto.subtle.exportKey('jwk', publicKey);
  writeFileSync(stranger, keys.replaceAll(/"x":"[^"]+"/g, `"x":"${x}"`));
  said.push(await refuse('key', ['install', '--frozen', '--keys', stranger], { lock: text }));

  const { email, password } = accountOf(newcomer, null, 'admin');
  await (await signIn(newcomer.url, email, password)).reviews.revoke(id, { reason: 'The end of the proof.' });
  said.push(await refuse('approval', ['install', '--frozen'], { lock: text }));
  say(`- refused by name, nothing written:\n    ${said.join('\n    ')}`);
}

/** Runs a command that must fail in an empty project; returns what was said in one line. */
function refuser({ folder }: Newcomer, { run }: Fifty) {
  return async (what: string, args: string[], { registry, lock }: { registry?: string; lock?: string }) => {
    const cwd = join(folder, `refused-${what}`);
    mkdirSync(cwd);
    if (lock !== undefined) writeFileSync(join(cwd, 'aegis.lock'), lock);
    const before = join(folder, `before-${what}`);
    cpSync(cwd, before, { recursive: true });
    const { code, output } = await run(args, { cwd, ...(registry === undefined ? {} : { registry }) });
    assert.notEqual(code, 0, `${what} was not refused`);
    assert.match(output, /refused/, output);
    assert.equal(existsSync(join(cwd, 'skills', 'refused')), false, 'something was written');
    if (lock !== undefined) assert.equal(readFileSync(join(cwd, 'aegis.lock'), 'utf8'), lock);
    const told = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('!'));
    return `${what}: exit ${code}, ${told.slice(0, 2).join(' ').trim().slice(0, 160)}`;
  };
}

/** A registry on loopback that hands everything through and changes one byte of each package. */
async function changeBlobs(url: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const headers = { authorization: request.headers.authorization ?? '' };
    const answer = await fetch(`${url}${request.url}`, { headers });
    const body = Buffer.from(await answer.arrayBuffer());
    if (request.url?.includes('/blobs/') === true) body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
