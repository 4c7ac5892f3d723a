// Loaded into a real `aegis` before it starts: counts its changes to the file system below AEGIS_TEST_ROOT, and ends it
// by SIGKILL just before the one of number AEGIS_TEST_KILL_AT. Says the count when it ends by itself.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const root = process.env.AEGIS_TEST_ROOT ?? '';
const killAt = Number(process.env.AEGIS_TEST_KILL_AT ?? 0);
let changes = 0;

function counted(original) {
  return function change(path, ...rest) {
    if (String(path).startsWith(root) && ++changes === killAt) process.kill(process.pid, 'SIGKILL');
    return original.call(this, path, ...rest);
  };
}

for (const name of ['mkdir', 'mkdtemp', 'writeFile', 'chmod', 'rename', 'rm']) {
  fs.promises[name] = counted(fs.promises[name]);
}
for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync']) fs[name] = counted(fs[name]);
syncBuiltinESMExports();
process.on('exit', () => process.stderr.write(`changes=${changes}\n`));
