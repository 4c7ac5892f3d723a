import { isDeclared } from '@aegis/skill-sdk/analyze/compare';
import type {
  FileAccess,
  HoneytokenAlarm,
  NetworkCall,
  StartedProcess,
  TimelineEntry,
} from '@aegis/skill-sdk/wire/dry-runs';
import type { CapabilityEvent } from '@aegis/skill-sdk/wire/reports';
import { type Expectations, Findings, isCallDeclared } from './findings.ts';
import type { HarnessMessage } from './harness/messages.ts';
import { eventsOf, fileEvents } from './observed-events.ts';
import { TraceReader } from './trace.ts';

/** What a run did. */
export interface Evidence {
  networkCalls: NetworkCall[];
  fileAccess: FileAccess[];
  processes: StartedProcess[];
  honeytokens: HoneytokenAlarm[];
  environment: string[];
  events: CapabilityEvent[];
  timeline: TimelineEntry[];
  limitsHit: string[];
  result: Extract<HarnessMessage, { kind: 'tool' }>['message'] | null;
  end: Extract<HarnessMessage, { kind: 'end' }> | null;
  /** Why the evidence does not prove everything that happened; empty when it does. */
  gaps: string[];
  lines: number;
}

/** Turns what the harness said into what the tool did. */
export function readEvidence(messages: readonly HarnessMessage[], expectations: Expectations): Evidence {
  const { config, permissions, own, tool } = expectations;
  const reader = new TraceReader(config.nonce);
  const found = new Findings(expectations);
  let lines = 0;
  for (const message of messages) {
    if (message.kind === 'trace') {
      lines += message.lines.length;
      for (const line of message.lines) for (const event of reader.take(line)) found.takeEvent(event, message.ms);
    } else found.takeMessage(message);
  }
  const { networkCalls, fileAccess, processes } = found.summary();
  const events = eventsOf({ networkCalls, fileAccess, processes, environment: [...found.environment], tool });
  return {
    networkCalls: networkCalls.map((call) => ({ ...call, declared: isCallDeclared(permissions, call) })),
    fileAccess: fileAccess.map((access) => ({
      ...access,
      declared: fileEvents(access, tool).every((event) => isDeclared(permissions, own, event)),
    })),
    processes,
    honeytokens: found.honeytokens,
    environment: [...found.environment],
    events,
    timeline: found.timeline,
    limitsHit: [...found.limitsHit].sort(),
    result: found.result,
    end: found.end,
    gaps: gapsOf(messages, reader, found, lines),
    lines,
  };
}

/** What is missing from a proof that this is everything. */
function gapsOf(messages: readonly HarnessMessage[], reader: TraceReader, found: Findings, lines: number): string[] {
  const { trace } = reader;
  const { end } = found;
  const isGapless = messages.every(({ seq }, at) => seq === at);
  return [
    ...(isGapless ? [] : ['messages of the harness are missing']),
    ...(end === null ? ['the harness did not reach its end'] : []),
    ...(end !== null && end.lines !== lines ? [`${end.lines} lines of the trace were sent and ${lines} arrived`] : []),
    ...(end?.truncated === true ? ['the trace grew too long and was cut'] : []),
    ...(end !== null && !end.tracerDone ? ['the tracer was ended before what it watched'] : []),
    ...(trace.hasCanary ? [] : ['the canary is not in the trace in the form that proves opened paths']),
    ...(trace.formless === 0 ? [] : [`${trace.formless} opens do not show what they opened`]),
    ...(trace.unreadable === 0 ? [] : [`${trace.unreadable} lines of the trace could not be read`]),
    ...found.troubles,
  ];
}
