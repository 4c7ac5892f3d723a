import { testRule } from '../../../testing/rule-checks.ts';
import { declaredNetwork } from './declared-network.ts';

const undeclared = 'evil.example';

/** A152, A164. */
testRule(declaredNetwork, {
  caught: [
    {
      of: 'fetch',
      files: `fetch('https://${undeclared}/x')\n`,
      severity: 'critical',
      says: 'evil.example is contacted',
    },
    {
      of: 'the fetch of the context',
      files: `export default async (p, { fetch: get }) => get('https://${undeclared}');\n`,
      severity: 'critical',
    },
    {
      of: 'another port of a declared host',
      files: "fetch('https://api.declared.example:8443/')\n",
      says: 'api.declared.example:8443',
    },
    { of: 'plain http to a declared host', files: "fetch('http://api.declared.example/')\n", says: ':80' },
    {
      of: 'a host put together',
      files: "const h = ['evil', 'example'].join('.');\nfetch('https://' + h + '/x');\n",
      says: 'evil.example',
    },
    { of: 'a host in base64', files: "fetch(atob('aHR0cHM6Ly9ldmlsLmV4YW1wbGU='))\n", says: 'evil.example' },
    {
      of: 'a template',
      files: `const tld = 'example';\nfetch(\`https://evil.\${tld}/\${id}\`)\n`,
      says: 'evil.example',
    },
    { of: 'a URL object', files: "const u = new URL('/x', 'https://evil.example');\nfetch(u)\n", says: 'evil.example' },
    {
      of: 'a host that is set later',
      files: "const u = new URL('https://api.declared.example');\nu.hostname = 'evil.example';\nfetch(u)\n",
      says: 'evil.example',
    },
    {
      of: 'options of https',
      files: "import { request } from 'node:https';\nrequest({ hostname: 'evil.example', path: '/' })\n",
      says: 'evil.example',
    },
    {
      of: 'options that are filled later',
      files: "import https from 'node:https';\nconst o = {};\no.host = 'evil.example';\nhttps.request(o)\n",
      says: 'evil.example',
    },
    {
      of: 'an override in the second argument',
      files:
        "import https from 'node:https';\nhttps.get('https://api.declared.example', { hostname: 'evil.example' })\n",
      says: 'evil.example',
    },
    {
      of: 'a socket',
      files: "import net from 'node:net';\nnet.connect(4444, '203.0.113.5')\n",
      says: '203.0.113.5:4444',
    },
    {
      of: 'a socket that connects later',
      files: "import net from 'node:net';\nnew net.Socket().connect({ port: 99, host: 'evil.example' })\n",
      says: 'evil.example:99',
    },
    {
      of: 'a name look-up',
      files: "import dns from 'node:dns';\ndns.resolve('x.evil.example', () => {})\n",
      says: 'x.evil.example',
    },
    {
      of: 'a datagram',
      files: "import { createSocket } from 'node:dgram';\ncreateSocket('udp4').send('x', 53, 'evil.example')\n",
      says: 'evil.example',
    },
    { of: 'a web socket', files: "new WebSocket('wss://evil.example')\n", says: 'evil.example' },
    {
      of: 'axios',
      files:
        "import axios from 'axios';\nconst http = axios.create({ baseURL: 'https://evil.example' });\nhttp.get('https://evil.example/x')\n",
      says: 'evil.example',
    },
    {
      of: 'axios with a base',
      files: "import axios from 'axios';\naxios.get('/x', { baseURL: 'https://evil.example' })\n",
      says: 'evil.example',
    },
    {
      of: 'an XMLHttpRequest',
      files: "const x = new XMLHttpRequest();\nx.open('POST', 'https://evil.example')\n",
      says: 'evil.example',
    },
    {
      of: 'curl in a command',
      files: "import { exec } from 'node:child_process';\nexec('curl https://evil.example/x')\n",
      says: 'evil.example',
    },
    { of: 'curl in a script', files: { 'scripts/get.sh': 'curl -s https://evil.example/x\n' }, says: 'evil.example' },
    {
      of: 'an address from the caller, as unresolvable',
      files: 'export default async (p, c) => c.fetch(p.url);\n',
      severity: 'high',
      says: 'cannot be worked out',
    },
    {
      of: 'a host that is unknown in part',
      files: "fetch('https://' + region + '.evil.example/')\n",
      says: '*.evil.example',
    },
    {
      of: 'a loop that builds a host',
      files: "let h = '';\nfor (const c of list) h += c;\nfetch('https://' + h);\n",
      severity: 'high',
    },
    {
      of: 'a field of a class',
      files:
        "class Api { base = 'https://evil.example'; get(p) { return fetch(this.base + p); } }\nnew Api().get('/x');\n",
      says: 'evil.example',
    },
    {
      of: 'an argument of a constructor',
      files:
        "class Api { constructor(base) { this.base = base; } get() { return fetch(this.base); } }\nnew Api('https://evil.example').get();\n",
      says: 'evil.example',
    },
    {
      of: 'a member of an enum',
      files: "enum Host { A = 'https://evil.example' }\nfetch(Host.A)\n",
      says: 'evil.example',
    },
    {
      of: 'a constant of another file',
      files: {
        'handlers/a.ts': "import { HOST } from '../lib/host.ts';\nfetch(HOST)\n",
        'lib/host.ts': "export const HOST = 'https://evil.example';\n",
      },
      says: 'evil.example',
    },
    {
      of: 'an argument that another file passes',
      files: {
        'handlers/a.ts': "import { get } from '../lib/get.ts';\nget('https://evil.example')\n",
        'lib/get.ts': 'export const get = (url) => fetch(url);\n',
      },
      says: 'evil.example',
    },
    {
      of: 'userinfo that looks like the host',
      files: "fetch('https://api.declared.example@evil.example/')\n",
      says: 'evil.example',
    },
    { of: 'an address as one number', files: "fetch('https://3405803781/')\n", says: '203.0.113.5' },
    { of: 'this machine, lower', files: "fetch('http://localhost:9000/')\n", severity: 'high' },
  ],
  silent: [
    { of: 'a declared host', files: "fetch('https://api.declared.example/v1/' + id)\n" },
    { of: 'a declared host in upper case with a dot', files: "fetch('https://API.Declared.example./x')\n" },
    {
      of: 'a constant base and any path',
      files: `const BASE = 'https://api.declared.example';\nconst get = (path) => fetch(\`\${BASE}/\${path}\`);\nget(x);\n`,
    },
    {
      of: 'a wildcard grant',
      files: `fetch(\`https://\${region}.api.example/\`)\n`,
      permissions: { network: [{ host: '*.api.example', ports: [443], protocol: 'tls' }] },
    },
    {
      of: 'addresses that are only written down',
      files: "export const HOMEPAGE = 'https://evil.example';\n// https://evil.example\n",
    },
    { of: 'data and relative addresses', files: "fetch('data:text/plain,x'); fetch('/local');\n" },
    {
      of: 'a Unix socket',
      files: "import http from 'node:http';\nhttp.request({ socketPath: '/run/x.sock', path: '/' })\n",
    },
    {
      of: 'a method called fetch',
      files: "const cache = { fetch: (x) => x };\ncache.fetch('https://evil.example');\n",
    },
    { of: 'a folder without a manifest', files: "fetch('https://evil.example')\n", permissions: null },
    { of: 'commands of a document', files: { 'README.md': '```bash\ncurl https://evil.example/x\n```\n' } },
  ],
});
