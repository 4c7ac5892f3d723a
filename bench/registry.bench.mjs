// How fast the registry publishes, resolves and downloads, against Verdaccio 6 on the same machine in the same run.
// By hand only: `npm run bench registry`. It fetches Verdaccio with npm into a temporary folder.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentDigest, pack } from '@aegis/skill-sdk/archive';
import { digestOf } from '@aegis/skill-sdk/digest';
import { invitePeople } from '../scripts/demo-people.ts';
import { approve } from '../scripts/demo-skills.ts';
import { findFreePort } from '../scripts/port.ts';
import { startStack } from '../scripts/stack.ts';
import { until } from '../scripts/until.ts';

const VERDACCIO = { verdaccio: '6.10.4' };
const PACKAGES = Number(process.argv[2] ?? 200);
/** Incompressible part of a package, so that the archive has about 50 KB. */
const PAYLOAD_BYTES = 48 * 1024;
const READ_SECONDS = 8;
const CONNECTIONS = 16;
const PUBLISH_CONNECTIONS = 8;

const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'));
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
try {
  const skills = await Promise.all(Array.from({ length: PACKAGES }, (_, index) => makeSkill(index)));
  console.log(
    `${PACKAGES} packages of ${(skills[0].archive.length / 1024).toFixed(0)} KiB, ${CONNECTIONS} connections`,
  );
  const aegis = await measureAegis(skills);
  const verdaccio = await measureVerdaccio(skills);
  console.log(`\n${'requests/s'.padEnd(12)}${'Aegis'.padStart(22)}${'Verdaccio'.padStart(22)}${'ratio'.padStart(10)}`);
  for (const what of ['publish', 'resolve', 'download']) {
    const ratio = (aegis[what].rate / verdaccio[what].rate).toFixed(2);
    console.log(`${what.padEnd(12)}${show(aegis[what])}${show(verdaccio[what])}${ratio.padStart(9)}×`);
  }
} finally {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}

async function makeSkill(index) {
  const name = `bench-${String(index).padStart(4, '0')}`;
  const text = (value) => new TextEncoder().encode(value);
  const manifest = `name: "${name}"\nversion: "1.0.0"\ndescription: "A package of the bench"\npermissions:\n  network: []\n  files: { read: [], write: [] }\n  environment: { required: [], optional: [] }\ntools:\n  - name: "count"\n    description: "Counts"\n    parameters: [{ name: "input", type: "string", description: "A text", required: true }]\n    returns: { type: "object", description: "A number" }\n    handler: "./handlers/count.mjs"\n`;
  const lines = Array.from(
    { length: 40 },
    (_, at) =>
      `export function step${at}(text) {\n  if (typeof text !== 'string') throw new TypeError('text');\n  return text.length + ${at};\n}\n`,
  );
  const handler = `const data = '${randomBytes(PAYLOAD_BYTES).toString('base64')}';\n${lines.join('')}export default async ({ input }) => ({ length: String(input).length + data.length });\n`;
  const files = [
    { path: 'manifest.yaml', bytes: text(manifest), mode: '0644' },
    { path: 'handlers/count.mjs', bytes: text(handler), mode: '0644' },
  ];
  const archive = pack(files);
  return { name, archive, archiveDigest: await digestOf(archive), contentDigest: await contentDigest(files) };
}

/** Publishing includes digest, unpacking, manifest, static analysis and the audit row. */
async function measureAegis(skills) {
  const stateDir = join(folder, 'aegis');
  const stack = await startStack({ stateDir, dashboard: false, demo: true, rateLimitPerMinute: 100_000_000 });
  try {
    const people = await invitePeople(stack.url, stack.secrets.setupToken);
    const { author, tenantId } = people.tenants.acme;
    const headers = { authorization: `Bearer ${author.apiKey}` };
    const send = async ({ archive, archiveDigest }) => {
      const form = new FormData();
      form.set('file', new Blob([archive], { type: 'application/gzip' }), 'skill.tar.gz');
      form.set('archiveDigest', archiveDigest);
      const encoded = new Response(form);
      const body = Buffer.from(await encoded.arrayBuffer());
      const type = encoded.headers.get('content-type');
      return {
        method: 'POST',
        path: '/api/skills/private/upload',
        body,
        headers: { ...headers, 'content-type': type },
      };
    };
    const calls = await Promise.all(skills.map(send));
    const publish = await once(stack.url, calls, 201);
    const { skills: listed } = await author.client.skills.list({ q: skills[0].name, tenantId });
    await until('the analysis', 30_000, async () =>
      (await author.client.skills.get(listed[0].id)).skill.report?.state === 'done' ? true : null,
    );
    await approve(people.reviewer, listed[0].id, 'For the bench.');
    const resolvePath = `/api/skills/private/resolve?name=${skills[0].name}`;
    const downloadPath = `/api/skills/private/blobs/${skills[0].archiveDigest}`;
    return {
      publish,
      resolve: await again(stack.url, { path: resolvePath, headers }),
      download: await again(stack.url, { path: downloadPath, headers }),
    };
  } finally {
    await stack.stop();
  }
}

async function measureVerdaccio(skills) {
  const home = join(folder, 'verdaccio');
  mkdirSync(home);
  // One of its plug-ins asks for a tag of node-fetch that not every registry has; this is what the tag means.
  const manifest = { private: true, dependencies: VERDACCIO, overrides: { 'node-fetch': '2.7.0' } };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  const installed = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: home,
    stdio: 'inherit',
  });
  if (installed.status !== 0)
    throw new Error(
      `Verdaccio ${VERDACCIO.verdaccio} could not be installed; the bench needs npm and a registry for that`,
    );
  const port = await findFreePort();
  const config = join(home, 'config.yaml');
  // Its own defaults: everybody reads, who is signed in publishes.
  const access = '{ access: $all, publish: $authenticated, unpublish: $authenticated }';
  writeFileSync(
    config,
    `storage: ./storage\nauth: { htpasswd: { file: ./htpasswd } }\nuplinks: {}\npackages: { "**": ${access} }\nmax_body_size: 20mb\nuserRateLimit: { windowMs: 1000, max: 1000000 }\nlog: { type: stdout, level: error }\nweb: { enable: false }\n`,
  );
  const program = join(home, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
  const child = spawn(process.execPath, [program, '--config', config, '--listen', `127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await until('Verdaccio answers', 60_000, async () =>
      (await fetch(`${url}/-/ping`).catch(() => null))?.ok ? true : null,
    );
    const authorization = `Bearer ${await signUp(url)}`;
    const publishing = skills.map(npmPublish).map((call) => ({ ...call, headers: { ...call.headers, authorization } }));
    const publish = await once(url, publishing, 201);
    const name = skills[0].name;
    return {
      publish,
      resolve: await again(url, { path: `/${name}`, headers: { accept: 'application/vnd.npm.install-v1+json' } }),
      download: await again(url, { path: `/${name}/-/${name}-1.0.0.tgz`, headers: {} }),
    };
  } finally {
    child.kill('SIGKILL');
  }
}

/** What `npm adduser` does; answers the token. */
async function signUp(url) {
  const answer = await fetch(`${url}/-/user/org.couchdb.user:bench`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', password: randomBytes(16).toString('hex') }),
  });
  if (!answer.ok) throw new Error(`Verdaccio made no user: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).token;
}

/** What `npm publish` sends. */
function npmPublish({ name, archive }) {
  const file = `${name}-1.0.0.tgz`;
  const version = {
    name,
    version: '1.0.0',
    _id: `${name}@1.0.0`,
    dist: { tarball: `http://127.0.0.1/${name}/-/${file}` },
  };
  const attachment = {
    content_type: 'application/octet-stream',
    data: Buffer.from(archive).toString('base64'),
    length: archive.length,
  };
  const document = {
    _id: name,
    name,
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': version },
    _attachments: { [file]: attachment },
  };
  return {
    method: 'PUT',
    path: `/${name}`,
    body: Buffer.from(JSON.stringify(document)),
    headers: { 'content-type': 'application/json' },
  };
}

/** Sends each call once, several at a time. */
async function once(url, calls, wanted) {
  const waiting = [...calls];
  return await measure(PUBLISH_CONNECTIONS, async (record) => {
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift())
      await record(() => send(url, call, wanted));
  });
}

/** Sends the same call again and again; a short time before does not count. */
async function again(url, call) {
  const forSeconds = (seconds) => {
    const until = performance.now() + seconds * 1000;
    return measure(CONNECTIONS, async (record) => {
      while (performance.now() < until) await record(() => send(url, { method: 'GET', ...call }, 200));
    });
  };
  await forSeconds(1);
  return await forSeconds(READ_SECONDS);
}

async function measure(connections, loop) {
  const times = [];
  const record = async (task) => {
    const startedAtMs = performance.now();
    await task();
    times.push(performance.now() - startedAtMs);
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: connections }, () => loop(record)));
  const seconds = (performance.now() - startedAtMs) / 1000;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { rate: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}

function send(url, { method, path, headers, body }, wanted) {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url.replace('localhost', '127.0.0.1')}${path}`,
      { method, agent, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) } },
      (response) => {
        const parts = [];
        response.on('data', (part) => response.statusCode !== wanted && parts.push(part));
        response.on('end', () =>
          response.statusCode === wanted
            ? resolve()
            : reject(new Error(`${method} ${path}: ${response.statusCode} ${Buffer.concat(parts)}`)),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function show({ rate, p50, p99 }) {
  return `${rate.toFixed(0)} (${p50.toFixed(1)}/${p99.toFixed(1)} ms)`.padStart(22);
}
