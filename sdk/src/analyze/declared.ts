import { coversHost, coversPath, type PermissionBlock } from '../permissions.ts';
import { PACKAGE } from './code/paths.ts';

/** True when the manifest grants this `host:port`. Port 53 is a look-up: any port of the host grants it. */
export function isHostDeclared(permissions: PermissionBlock, value: string): boolean {
  const at = value.lastIndexOf(':');
  const host = value.slice(0, at);
  const port = Number(value.slice(at + 1));
  if (coversHost(permissions.network, { host, port })) return true;
  return (
    port === 53 &&
    permissions.network.some((grant) => grant.ports.some((known) => coversHost([grant], { host, port: known })))
  );
}

/** True when the manifest grants this path; the skill may read its own package without a grant. */
export function isPathDeclared(
  permissions: PermissionBlock,
  kind: 'fs.read' | 'fs.write',
  path: string,
  own: ReadonlySet<string>,
): boolean {
  if (kind === 'fs.read' && (isInPackage(path) || own.has(path))) return true;
  return coversPath(kind === 'fs.read' ? permissions.files.read : permissions.files.write, path);
}

function isInPackage(path: string): boolean {
  return (path === PACKAGE || path.startsWith(`${PACKAGE}/`)) && !path.split('/').includes('..');
}

/** True when the manifest names this variable. */
export function isVariableDeclared(permissions: PermissionBlock, name: string): boolean {
  return permissions.environment.required.includes(name) || permissions.environment.optional.includes(name);
}

/** Variables that every program may see; they say nothing about a person or a secret. */
export function isHarmlessVariable(name: string): boolean {
  return /^(NODE_ENV|CI|DEBUG|NO_COLOR|FORCE_COLOR|COLORTERM|TERM|LANG|LC_\w+|TZ|PATH|PWD|HOME|USERPROFILE|TMPDIR|TEMP|TMP|SHELL|EDITOR|COLUMNS|NODE_DEBUG|JEST_WORKER_ID|VITEST|npm_config_\w+|XDG_\w+|APPDATA|LOCALAPPDATA)$/.test(
    name,
  );
}

/** Places on this machine: nothing leaves. */
export function isLoopback(value: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|[\w-]+\.localhost):\d+$/.test(value);
}

/** A host as people write it: without the port that everybody expects. */
export function plainHost(value: string): string {
  return value.replace(/:443$/, '').replace(/:53$/, '');
}
