import type { CapabilityEvent } from '../wire/reports.ts';
import type { Use } from './code/found-uses.ts';
import type { HandlerName } from './code/handlers.ts';
import type { ShellText } from './shell-text.ts';
import { visible } from './source/source-text.ts';
import { shellHosts } from './text/shell-hosts.ts';

/** A report with more events is no longer read; the first ones in the order of the files are kept. */
const EVENTS_MAX = 5000;
/** Commands are cut here. */
const VALUE_LENGTH_MAX = 300;

const KINDS: ReadonlySet<string> = new Set(['net', 'fs.read', 'fs.write', 'env', 'exec']);

/** The capability events of analysed code and of the shell texts that it or the package runs. */
export function eventsOf(
  uses: readonly Use[],
  shells: readonly ShellText[],
  handlers: readonly HandlerName[],
): CapabilityEvent[] {
  const tools = toolOfFile(handlers);
  const events: CapabilityEvent[] = [];
  for (const use of uses) {
    if (!KINDS.has(use.kind)) continue;
    const { file, line, column } = use.place;
    const tool = tools.get(file);
    events.push({
      source: 'static',
      kind: use.kind as CapabilityEvent['kind'],
      values: use.values.map(spelled),
      complete: use.complete,
      at: { file, line, column },
      ...(tool === undefined ? {} : { tool }),
      confidence: 'high',
    });
  }
  for (const shell of shells) {
    if (shell.origin !== 'script' && shell.origin !== 'hook' && shell.origin !== 'code') continue;
    for (const { value, offset } of shellHosts(shell.text)) {
      const { file, line, column } = shell.place(offset);
      const values = value === null ? [] : [value];
      const at = { file, line, column };
      events.push({ source: 'static', kind: 'net', values, complete: value !== null, at, confidence: 'medium' });
    }
  }
  return events.slice(0, EVENTS_MAX);
}

function spelled(value: string): string {
  return visible(value.replaceAll('\uffff', '…')).slice(0, VALUE_LENGTH_MAX);
}

/** The tool that a handler's file belongs to, when it is only one. */
function toolOfFile(handlers: readonly HandlerName[]): Map<string, string> {
  const tools = new Map<string, string>();
  for (const { file, tool } of handlers) {
    if (tools.has(file) && tools.get(file) !== tool) tools.set(file, '');
    else tools.set(file, tool);
  }
  for (const [file, tool] of tools) if (tool === '') tools.delete(file);
  return tools;
}
