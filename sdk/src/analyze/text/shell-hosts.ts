import { destinationOfUrl } from '../code/addresses.ts';
import { parseShell, programOf, type ShellPipeline } from './shell.ts';
import { FETCHERS, SENDERS, scriptOf } from './shell-programs.ts';

/** Every place that the commands of a shell text contact: `host:port`, and where. */
export function shellHosts(text: string): { value: string | null; offset: number }[] {
  const found: { value: string | null; offset: number }[] = [];
  const visit = (pipelines: readonly ShellPipeline[], offset: number | null, depth: number): void => {
    for (const pipeline of pipelines) {
      for (const command of pipeline.commands) {
        const at = offset ?? pipeline.offset;
        const { name, args } = programOf(command);
        if (SENDERS.has(name)) found.push(...hostsOfCommand(name, args).map((value) => ({ value, offset: at })));
        const script = depth < 3 ? scriptOf(command) : null;
        if (script !== null) visit(parseShell(script), at, depth + 1);
        if (depth < 3) visit(command.inner, at, depth + 1);
      }
    }
  };
  visit(parseShell(text), null, 0);
  return found;
}

function hostsOfCommand(name: string, args: readonly string[]): (string | null)[] {
  const urls = args.filter((word) => /^["']?[a-z]+:\/\//i.test(word));
  if (urls.length > 0) {
    return urls.map((url) => {
      const text = url.replace(/\$\{?\w+\}?|\$\(|`/g, '\uffff');
      const destination = destinationOfUrl(text, 443);
      return destination.kind === 'host' ? destination.value : null;
    });
  }
  if (name !== 'nc' && name !== 'ncat' && name !== 'netcat')
    return FETCHERS.has(name) && args.some((word) => word.includes('$')) ? [null] : [];
  const plain = args.filter((word) => !word.startsWith('-'));
  const [host, port] = plain;
  return host !== undefined && port !== undefined && /^\d{1,5}$/.test(port) ? [`${host.toLowerCase()}:${port}`] : [];
}
