import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Holds the sha256 of the package-lock.json that node_modules was checked against. */
const STAMP = join('node_modules', '.aegis-lock');

/** True when node_modules holds what package-lock.json says, and no folder of it is gone. Takes a few milliseconds. */
export function isInstalled(root) {
  const lockText = readOrNull(join(root, 'package-lock.json'));
  // npm writes down what it installed; without that file there was no (complete) installation.
  const installedText = readOrNull(join(root, 'node_modules', '.package-lock.json'));
  if (lockText === null || installedText === null) return false;
  const installed = JSON.parse(installedText).packages;
  if (!Object.keys(installed).every((path) => existsSync(join(root, path)))) return false;
  if (readOrNull(join(root, STAMP)) === sha256(lockText)) return true;
  if (!isSame(JSON.parse(lockText).packages, installed)) return false;
  stampInstalled(root);
  return true;
}

export function stampInstalled(root) {
  writeFileSync(join(root, STAMP), sha256(readFileSync(join(root, 'package-lock.json'), 'utf8')));
}

/** Whether every package that the lock wants (but for other platforms) is installed in that version. */
export function isSame(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link === true) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}
