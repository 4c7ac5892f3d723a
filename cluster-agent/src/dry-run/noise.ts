import type { FileMode } from '@aegis/skill-sdk/wire/dry-runs';

/** Where language runtimes and the C library keep what they read by themselves, late and on their own account. */
const RUNTIME_FOLDERS =
  /^\/(usr\/)?(lib|lib64|libexec)(\/|$)|^\/usr\/(share\/(zoneinfo|locale|i18n)|local\/lib)(\/|$)|^\/sys\/(fs\/cgroup|devices\/system\/(cpu|node)|kernel\/mm)(\/|$)/;
const RUNTIME_FILES = new Set([
  '/etc/ld.so.cache',
  '/etc/ld.so.preload',
  '/etc/resolv.conf',
  '/etc/nsswitch.conf',
  '/etc/hosts',
  '/etc/host.conf',
  '/etc/gai.conf',
  '/etc/svc.conf',
  '/etc/netsvc.conf',
  '/etc/services',
  '/etc/protocols',
  '/etc/localtime',
  '/etc/mime.types',
  '/etc/ssl/openssl.cnf',
  '/etc/ssl/cert.pem',
  '/etc/ssl/certs',
  '/run/ca.pem',
  '/dev/null',
  '/dev/zero',
  '/dev/random',
  '/dev/urandom',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/cpuinfo',
  '/proc/loadavg',
  '/proc/version_signature',
  '/proc/sys/vm/overcommit_memory',
  '/proc/sys/kernel/random/boot_id',
  '/proc/filesystems',
]);
/** A process may ask after itself, but not for its environment. */
const OWN_PROCESS =
  /^\/proc\/(self|thread-self|(?!1\/)\d+)(\/task\/\d+)?\/(maps|smaps|exe|cgroup|stat|statm|status|mountinfo|mounts|fd|limits|cmdline|comm)?$/;

/**
 * True for what a runtime reads on its own account, whatever the tool does: nothing that a person or a secret could be
 * told by. `/etc/passwd` and `/proc/self/environ` are not among it, and no write ever is.
 */
export function isRuntimeNoise(
  path: string,
  modes: readonly FileMode[],
  { own, language }: { own: ReadonlySet<string>; language: 'javascript' | 'python' },
): boolean {
  if (path === '/dev/null') return true;
  if (!modes.every((mode) => mode === 'read' || mode === 'stat' || mode === 'list')) return false;
  const isStat = modes.every((mode) => mode === 'stat');
  if (RUNTIME_FOLDERS.test(path) || RUNTIME_FILES.has(path) || OWN_PROCESS.test(path)) return true;
  // Programs are looked for in every folder of PATH, and a path is walked folder by folder.
  if (
    isStat &&
    (/^(\/(usr\/)?(s?bin)(\/[^/]+)?|\/|\/(usr|etc|home|run|tmp|proc|dev|job))$/.test(path) || own.has(path))
  )
    return true;
  if (isStat && path === '.') return true;
  return language === 'python' ? isPythonImport(path, own) : isNodeImport(path, own);
}

/** Node reads `package.json` up from each module, and looks for what an import may mean. */
function isNodeImport(path: string, own: ReadonlySet<string>): boolean {
  if (own.has(path)) return false;
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  if (!/(^|\/)package\.json$/.test(path)) return /(^|\/)node_modules$/.test(path);
  return folder === '' || own.has(folder) || /(^|\/)node_modules(\/|$)/.test(folder);
}

/** Python lists each folder of its path, and looks for compiled modules. */
function isPythonImport(path: string, own: ReadonlySet<string>): boolean {
  if (/(^|\/)__pycache__(\/|$)/.test(path))
    return own.has(path.replace(/\/?__pycache__(\/.*)?$/, '')) || /^__pycache__(\/|$)/.test(path);
  return path === '.' || (own.has(path) && !/\.\w+$/.test(path));
}
