// Keeps one private Kubernetes API on loopback: etcd and kube-apiserver, ended with their state as soon as whoever asked
// for them is gone. What is said on standard output is one line of JSON, when the API is ready.
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_WITHIN_MS = 120_000;
const ASK_EVERY_MS = 100;

/** Who does what with which answer: every request is written down before it is answered. */
const AUDIT_POLICY = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] };

const [etcd = '', apiserver = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'aegis-k-'));
const [clientPort, peerPort, apiPort] = await freePorts(3);
const token = randomBytes(24).toString('hex');
const ca = join(folder, 'pki', 'apiserver.crt');
const children: ChildProcess[] = [];
let isStopping = false;

const stop = async (code: number) => {
  if (isStopping) return;
  isStopping = true;
  // Nothing of it is kept, so nothing has to end in order.
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }),
  );
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
// Whoever started us holds the other end, and lets go of it however it dies.
process.stdin
  .on('end', () => void stop(0))
  .on('error', () => void stop(0))
  .resume();
process.stdout.on('error', () => void stop(0));

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const write = (name: string, content: string) => {
  writeFileSync(join(folder, name), content, { mode: 0o600 });
  return join(folder, name);
};
const audit = join(folder, 'audit.log');
const stateUrl = `http://127.0.0.1:${clientPort}`;
const peerUrl = `http://127.0.0.1:${peerPort}`;
start('etcd', etcd, [
  `--data-dir=${join(folder, 'etcd')}`,
  `--listen-client-urls=${stateUrl}`,
  `--advertise-client-urls=${stateUrl}`,
  `--listen-peer-urls=${peerUrl}`,
  `--initial-advertise-peer-urls=${peerUrl}`,
  `--initial-cluster=default=${peerUrl}`,
  '--unsafe-no-fsync',
]);
start('kube-apiserver', apiserver, [
  `--etcd-servers=${stateUrl}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${apiPort}`,
  `--cert-dir=${join(folder, 'pki')}`,
  '--service-cluster-ip-range=10.96.0.0/16',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--api-audiences=https://kubernetes.default.svc',
  `--service-account-key-file=${write('sa.pub', publicKey)}`,
  `--service-account-signing-key-file=${write('sa.key', privateKey)}`,
  `--token-auth-file=${write('tokens.csv', `${token},admin,admin,system:masters\n`)}`,
  '--authorization-mode=RBAC',
  // It wants the controllers that make the accounts, and nothing here runs a pod.
  '--disable-admission-plugins=ServiceAccount',
  `--audit-policy-file=${write('audit.json', JSON.stringify({ ...AUDIT_POLICY, rules: [{ level: 'Metadata' }] }))}`,
  `--audit-log-path=${audit}`,
  '--audit-log-mode=blocking',
]);
await untilReady();
process.stdout.write(`${JSON.stringify({ url: `https://127.0.0.1:${apiPort}`, ca, token, audit, folder })}\n`);

function start(name: string, program: string, args: readonly string[]): void {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], cwd: folder });
  closeSync(log);
  children.push(child);
  const failed = () => {
    if (isStopping) return;
    const said = readFileSync(join(folder, `${name}.log`), 'utf8')
      .trim()
      .split('\n')
      .slice(-5)
      .join('\n');
    process.stderr.write(`${name} ended by itself:\n${said}\n`);
    void stop(1);
  };
  child.on('exit', failed).on('error', failed);
}

async function untilReady(): Promise<void> {
  const endsAtMs = performance.now() + READY_WITHIN_MS;
  while (!(await isReady())) {
    if (performance.now() > endsAtMs) {
      process.stderr.write(`The Kubernetes API was not ready within ${READY_WITHIN_MS / 1000} s.\n`);
      await stop(1);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

function isReady(): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    let certificate: Buffer;
    try {
      certificate = readFileSync(ca);
    } catch {
      // It writes its certificate as one of the first things that it does.
      return resolve(false);
    }
    get(`https://127.0.0.1:${apiPort}/readyz`, { ca: certificate, headers }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

/** Held all at once, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
}
