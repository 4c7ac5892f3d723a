// Loaded into a real `aegis` before it starts: counts its changes to the file system below AEGIS_TEST_ROOT, and ends it
// just before the one of number AEGIS_TEST_KILL_AT: by SIGKILL, or as a person who presses Ctrl-C twice. Says the count
// and the time that it took of the processor when it ends by itself.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const root = process.env.AEGIS_TEST_ROOT ?? '';
const killAt = Number(process.env.AEGIS_TEST_KILL_AT ?? 0);
let changes = 0;

function counted(original) {
  return function change(path, ...rest) {
    if (String(path).startsWith(root) && ++changes === killAt) end();
    return original.call(this, path, ...rest);
  };
}

function end() {
  if (process.env.AEGIS_TEST_SIGNAL !== 'SIGINT') process.kill(process.pid, 'SIGKILL');
  process.kill(process.pid, 'SIGINT');
  process.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
}

for (const name of ['mkdir', 'mkdtemp', 'writeFile', 'chmod', 'rename', 'rm']) {
  fs.promises[name] = counted(fs.promises[name]);
}
for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync']) fs[name] = counted(fs[name]);
syncBuiltinESMExports();
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(`changes=${changes} cpuMs=${Math.round((user + system) / 1000)}\n`);
});
