import { programOf, type ShellCommand } from './shell.ts';

/** They get something from elsewhere. */
export const FETCHERS = new Set([
  'curl',
  'wget',
  'fetch',
  'aria2c',
  'iwr',
  'irm',
  'invoke-webrequest',
  'invoke-restmethod',
  'http',
  'https',
  'certutil',
  'bitsadmin',
  'start-bitstransfer',
  'lwp-download',
]);
/** They can send something elsewhere. */
export const SENDERS = new Set([
  ...FETCHERS,
  'nc',
  'ncat',
  'netcat',
  'socat',
  'scp',
  'rsync',
  'ftp',
  'sftp',
  'ssh',
  'telnet',
  'dig',
  'nslookup',
  'rclone',
  'sendmail',
  'mail',
]);

/** They run what they are given. */
export const RUNNERS =
  /^(ba|z|k|da|c|tc|fi)?sh$|^python[\d.]*$|^(node|nodejs|deno|bun|perl|ruby|php|lua|pwsh|powershell|osascript|iex|invoke-expression|source|eval|cmd|\.)$/;
/** They print the whole environment. */
export const DUMPS_ENVIRONMENT = new Set(['env', 'printenv', 'set', 'export']);

/** The script in `sh -c 'script'` and in `osascript -e 'do shell script "script"'`. */
export function scriptOf(command: ShellCommand): string | null {
  const { name, args } = programOf(command);
  if (name === 'osascript') return /\bdo shell script\s+"([^"]{1,2000})"/.exec(args.join(' '))?.[1] ?? null;
  if (!/^(ba|z|k|da)?sh$|^su$/.test(name)) return null;
  const at = args.findIndex((word) => /^-\w*c$/.test(word));
  return at < 0 ? null : (args[at + 1] ?? null);
}
