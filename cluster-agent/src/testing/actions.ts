import { TOOL_HOME } from '../dry-run/bait.ts';

/** One thing that a tool does, and everything that must be seen of it: no more and no less. */
export interface Action {
  code: string;
  seen: readonly string[];
}

/** Statements of a JavaScript handler. Each stands alone; what it throws is swallowed. */
export const JAVASCRIPT: readonly Action[] = [
  { code: `fs.readFileSync('/etc/group')`, seen: ['fs.read /etc/group'] },
  { code: `await fs.promises.readFile('/etc/passwd')`, seen: ['fs.read /etc/passwd'] },
  { code: `fs.readFileSync('/absent/file')`, seen: ['fs.read /absent/file'] },
  { code: `fs.mkdirSync('out')`, seen: ['fs.write out'] },
  { code: `fs.writeFileSync('out/a.txt', 'a')`, seen: ['fs.write out/a.txt'] },
  { code: `fs.appendFileSync('b.txt', 'b')`, seen: ['fs.write b.txt'] },
  { code: `fs.renameSync('b.txt', 'c.txt')`, seen: ['fs.write c.txt'] },
  { code: `fs.unlinkSync('d.txt')`, seen: ['fs.write d.txt'] },
  { code: `fs.rmdirSync('folder')`, seen: ['fs.write folder'] },
  { code: `fs.symlinkSync('/etc/os-release', 'link')`, seen: ['fs.write link'] },
  { code: `fs.readFileSync('link')`, seen: ['fs.read /etc/os-release'] },
  { code: `fs.linkSync('c.txt', 'hard.txt')`, seen: ['fs.write hard.txt'] },
  { code: `fs.chmodSync('mode.txt', 0o600)`, seen: ['fs.write mode.txt'] },
  { code: `fs.utimesSync('times.txt', 0, 0)`, seen: ['fs.write times.txt'] },
  { code: `fs.closeSync(fs.openSync('both.txt', 'w+'))`, seen: ['fs.write both.txt', 'fs.read both.txt'] },
  { code: `fs.readdirSync('/etc')`, seen: ['fs.read /etc'] },
  { code: `for await (const _ of await fs.promises.opendir('/home'));`, seen: ['fs.read /home'] },
  {
    code: `await new Promise((done) => fs.createReadStream('../etc/hostname').on('close', done).on('error', done).resume())`,
    seen: ['fs.read /etc/hostname'],
  },
  {
    code: `await new Promise((done) => fs.createWriteStream('stream.txt').on('close', done).end('x'))`,
    seen: ['fs.write stream.txt'],
  },
  { code: `fs.existsSync('${TOOL_HOME}/.ssh/id_rsa')`, seen: [`fs.read ${TOOL_HOME}/.ssh/id_rsa`] },
  { code: `fs.readFileSync('/proc/self/environ')`, seen: ['fs.read /proc/self/environ'] },
  {
    code: `process.chdir('out'); fs.writeFileSync('inner.txt', ''); process.chdir('..')`,
    seen: ['fs.write out/inner.txt'],
  },
  { code: `fs.writeFileSync('grüß "dich".txt', '')`, seen: ['fs.write grüß "dich".txt'] },
  {
    code: `await new Promise((done) => new Worker("require('fs').readFileSync('/etc/gshadow')", { eval: true }).on('error', done).on('exit', done))`,
    seen: ['fs.read /etc/gshadow'],
  },
  { code: `await fetch('http://plain.example/x')`, seen: ['net plain.example:53', 'net plain.example:80'] },
  { code: `await fetch('https://secret.example/x')`, seen: ['net secret.example:53', 'net secret.example:443'] },
  { code: `await dial({ host: '203.0.113.10', port: 80 })`, seen: ['net 203.0.113.10:80'] },
  { code: `await dial({ host: '2001:db8::10', port: 443 })`, seen: ['net 2001:db8::10:443'] },
  { code: `await dial({ host: '::ffff:203.0.113.14', port: 443 })`, seen: ['net 203.0.113.14:443'] },
  { code: `await dial({ host: '169.254.169.254', port: 80 })`, seen: ['net 169.254.169.254:80'] },
  { code: `await dial({ host: 'odd.example', port: 31337 })`, seen: ['net odd.example:53', 'net odd.example:31337'] },
  { code: `await dial({ path: '/var/run/docker.sock' })`, seen: ['fs.write /var/run/docker.sock'] },
  { code: `await say('203.0.113.11', 5000)`, seen: ['net 203.0.113.11:5000'] },
  { code: `await say('named.example', 5001)`, seen: ['net named.example:53', 'net named.example:5001'] },
  { code: `await dns.resolveTxt('text.example')`, seen: ['net text.example:53'] },
  { code: `await dns.resolveMx('mail.example')`, seen: ['net mail.example:53'] },
  {
    code: `await new Promise((done) => connect(53, '127.0.0.1').on('data', function () { this.destroy(); done(); }).on('error', done).end(Buffer.from('001a000701000001000000000000046f766572037463700000100001', 'hex')))`,
    seen: ['net over.tcp:53'],
  },
  { code: `await dns.lookup('looked.example')`, seen: ['net looked.example:53'] },
  {
    code: `await new Promise((done) => { const socket = new WebSocket('ws://socket.example:8080/'); socket.onerror = done; socket.onclose = done; })`,
    seen: ['net socket.example:53', 'net socket.example:8080'],
  },
  {
    code: `await new Promise((done) => tls.connect({ host: '203.0.113.12', port: 443, servername: 'fronted.example' }).on('secureConnect', function () { this.destroy(); done(); }).on('error', done))`,
    seen: ['net 203.0.113.12:443', 'net fronted.example:443'],
  },
  { code: `execFileSync('/bin/true', ['one', 'two'])`, seen: ['exec /bin/true one two'] },
  { code: `execFileSync('./program')`, seen: ['exec ./program'] },
];

/** Statements of a Python handler. */
export const PYTHON: readonly Action[] = [
  { code: `open("/etc/passwd").read()`, seen: ['fs.read /etc/passwd'] },
  { code: `open("/absent/python").read()`, seen: ['fs.read /absent/python'] },
  { code: `open("p.txt", "w").write("p")`, seen: ['fs.write p.txt'] },
  { code: `os.makedirs("deep/er")`, seen: ['fs.write deep', 'fs.write deep/er'] },
  { code: `os.rename("p.txt", "q.txt")`, seen: ['fs.write q.txt'] },
  { code: `os.remove("r.txt")`, seen: ['fs.write r.txt'] },
  { code: `os.listdir("/var")`, seen: ['fs.read /var'] },
  { code: `pathlib.Path("/etc/group").read_text()`, seen: ['fs.read /etc/group'] },
  { code: `os.symlink("/etc/os-release", "plink")`, seen: ['fs.write plink'] },
  { code: `open("plink").read()`, seen: ['fs.read /etc/os-release'] },
  {
    code: `os.open("within.txt", os.O_CREAT | os.O_WRONLY, dir_fd=os.open("deep", os.O_RDONLY))`,
    seen: ['fs.write deep/within.txt', 'fs.read deep'],
  },
  {
    code: `urllib.request.urlopen("http://python.example/").read()`,
    seen: ['net python.example:53', 'net python.example:80'],
  },
  {
    code: `urllib.request.urlopen("https://tls.example/").read()`,
    seen: ['net tls.example:53', 'net tls.example:443'],
  },
  { code: `socket.create_connection(("203.0.113.20", 25), 3).close()`, seen: ['net 203.0.113.20:25'] },
  {
    code: `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("203.0.113.21", 123))`,
    seen: ['net 203.0.113.21:123'],
  },
  {
    code: `socket.socket(socket.AF_INET6, socket.SOCK_STREAM).connect(("2001:db8::21", 22))`,
    seen: ['net 2001:db8::21:22'],
  },
  { code: `socket.socket(socket.AF_UNIX).connect("/run/python.sock")`, seen: ['fs.write /run/python.sock'] },
  { code: `subprocess.run(["/bin/true", "python"])`, seen: ['exec /bin/true python'] },
  { code: `threading.Thread(target=lambda: open("/etc/shells")).run()`, seen: ['fs.read /etc/shells'] },
];

/** Lines of a shell script, which a JavaScript handler starts. */
export const SHELL: readonly Action[] = [
  { code: `cat /etc/passwd >/dev/null`, seen: ['fs.read /etc/passwd'] },
  { code: `echo x > shell.txt`, seen: ['fs.write shell.txt'] },
  { code: `read line < /etc/group`, seen: ['fs.read /etc/group'] },
  { code: `mv shell.txt moved.txt`, seen: ['fs.write shell.txt', 'fs.write moved.txt'] },
  { code: `rm moved.txt`, seen: ['fs.write moved.txt'] },
  { code: `mkdir shell.d`, seen: ['fs.write shell.d'] },
  { code: `ln -s /etc/hostname shell.link`, seen: ['fs.write shell.link'] },
  { code: `wget -q -O - http://wget.example/ >/dev/null`, seen: ['net wget.example:53', 'net wget.example:80'] },
  { code: `wget -q -O - http://203.0.113.30:8080/ >/dev/null`, seen: ['net 203.0.113.30:8080'] },
];

/** A JavaScript handler of all these statements. */
export function javascriptTool(actions: readonly Action[]): string {
  const body = actions.map(({ code }) => `  try { ${code} } catch {}`).join('\n');
  return `import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import dns from 'node:dns/promises';
import fs from 'node:fs';
import { connect } from 'node:net';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
const dial = (to) => new Promise((done) => { const socket = connect({ timeout: 3000, autoSelectFamily: false, ...to }); for (const event of ['connect', 'error', 'timeout']) socket.on(event, () => { socket.destroy(); done(); }); });
const say = (host, port) => new Promise((done) => { const socket = createSocket('udp4'); socket.on('error', done); socket.send('x', port, host, () => { socket.close(); done(); }); });
export default async function act() {
${body}
  return {};
}
`;
}

/** A Python handler of all these statements. */
export function pythonTool(actions: readonly Action[]): string {
  const body = actions.map(({ code }) => `    try:\n        ${code}\n    except Exception:\n        pass`).join('\n');
  return `import os, pathlib, socket, ssl, subprocess, threading, urllib.request

def handle(params, context):
${body}
    return {}
`;
}
