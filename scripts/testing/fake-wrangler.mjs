// Stands in for wrangler at the process boundary, because Cloudflare's control plane runs nowhere else: it keeps what
// exists in a JSON file and answers as wrangler 4 does. FAKE_WRANGLER names the file.
import { readFileSync, writeFileSync } from 'node:fs';

const path = process.env.FAKE_WRANGLER;
const state = JSON.parse(readFileSync(path, 'utf8'));
const args = process.argv.slice(2);
const line = args.join(' ');
const stdin = readFileSync(0, 'utf8');
state.calls.push({ line, stdin, cwd: process.cwd() });

const end = (code, text = '') => {
  writeFileSync(path, JSON.stringify(state));
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
};
const json = (value) => end(0, JSON.stringify(value));
const fail = (text) => end(1, `✘ [ERROR] ${text}`);
const option = (name) => args[args.indexOf(name) + 1];
const look = (kind, name, missing) => (state[kind].includes(name) ? json({ name }) : fail(missing));
const make = (kind, name) => {
  if (state[kind].includes(name)) fail(`${name} already exists`);
  state[kind].push(name);
  end(0, `Created ${name}`);
};

if (state.fail !== null && line.startsWith(state.fail)) fail('A request to the Cloudflare API failed. [code: 10000]');
if (line.startsWith('whoami')) {
  if (state.accounts.length === 0) end(1, JSON.stringify({ loggedIn: false }));
  json({
    loggedIn: true,
    email: 'ops@acme.example',
    accounts: state.accounts.map((id) => ({ id, name: `Account ${id}` })),
  });
}
if (line === 'd1 list --json') json(state.databases.map((name) => ({ uuid: `uuid-of-${name}`, name })));
if (line.startsWith('d1 create ')) make('databases', args[2]);
if (line.startsWith('d1 time-travel info ')) json({ bookmark: 'bookmark-before' });
if (line.startsWith('d1 migrations apply ')) end(0, 'Migrations applied');
if (line.startsWith('r2 bucket info ')) look('buckets', args[3], 'The specified bucket does not exist. [code: 10006]');
if (line.startsWith('r2 bucket create ')) make('buckets', args[3]);
if (line.startsWith('queues info ')) look('queues', args[2], `Queue "${args[2]}" does not exist.`);
if (line.startsWith('queues create ')) make('queues', args[2]);
if (line === 'pages project list --json') {
  json(
    state.projects.map((name) => ({ 'Project Name': name, 'Project Domains': `${name}-x7q.pages.dev, own.example` })),
  );
}
if (line.startsWith('pages project create ')) make('projects', args[3]);
if (line.startsWith('deploy ')) {
  state.config = readFileSync(option('--config'), 'utf8');
  end(0, 'Uploaded');
}
if (line.startsWith('secret list ')) json(state.secrets.map((name) => ({ name, type: 'secret_text' })));
if (line.startsWith('secret bulk ')) {
  state.secrets.push(...Object.keys(JSON.parse(stdin)));
  end(0, 'Finished');
}
if (line.startsWith('pages deploy ')) {
  state.dashboardConfig = readFileSync('wrangler.toml', 'utf8');
  end(0, 'Deployed');
}
fail(`Unknown command: ${line}`);
