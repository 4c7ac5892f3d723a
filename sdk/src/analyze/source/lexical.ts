import type { CapabilityEvent } from '../../wire/reports.ts';
import { destinationOfUrl } from '../code/addresses.ts';
import type { SourceText } from './source-text.ts';

/** Events of one file are cut off here. */
const EVENTS_MAX = 200;

const URLS = /\b(?:https?|wss?):\/\/[^\s"'`<>)\\]{2,300}/gi;
const PROCESSES = /\bchild_process\b|\bexecSync\b|\bspawn(?:Sync)?\s{0,4}\(/g;
const VARIABLES = /\bprocess\.env(?:\.([A-Za-z_]\w{0,60})|\[["']([A-Za-z_]\w{0,60})["']\])/g;

/** What the text of a program hints at when its grammar could not be read: of low confidence, and never complete. */
export function lexicalEvents(source: SourceText): CapabilityEvent[] {
  const events: CapabilityEvent[] = [];
  const add = (kind: CapabilityEvent['kind'], values: string[], offset: number): void => {
    if (events.length >= EVENTS_MAX) return;
    const { file, line, column } = source.place(offset);
    events.push({ source: 'static', kind, values, complete: false, at: { file, line, column }, confidence: 'low' });
  };
  for (const match of source.text.matchAll(URLS)) {
    const destination = destinationOfUrl(match[0], 443);
    if (destination.kind === 'host') add('net', [destination.value], match.index);
  }
  for (const match of source.text.matchAll(PROCESSES)) add('exec', [], match.index);
  for (const match of source.text.matchAll(VARIABLES)) add('env', [match[1] ?? match[2] ?? ''], match.index);
  return events;
}
