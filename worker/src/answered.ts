import { CREDENTIAL_CACHE_MS } from '@aegis/skill-sdk/limits';
import { WIRE_HEADER } from '@aegis/skill-sdk/wire/version';
import { idsAt } from './context.ts';
import { countRequest } from './rate-limit.ts';

/** What an answer was made from may be CREDENTIAL_CACHE_MS old already: a right taken away is gone after 750 ms. */
const ANSWER_MS = CREDENTIAL_CACHE_MS / 2;
const ANSWERS_MAX = 2000;
/** Bytes of answers that one isolate keeps; it has 128 MB for everything. */
const BYTES_MAX = 8 * 1024 * 1024;
/** Of this very request, not of the next one. */
const OWN_HEADERS = new Set(['x-request-id', 'ratelimit', 'ratelimit-policy']);

type Body = string | Uint8Array<ArrayBuffer>;

interface Answer {
  body: Body;
  headers: [name: string, value: string][];
  /** Whose requests are counted, and how many a minute. */
  principal: string;
  limit: number;
  untilMs: number;
}

const answers = new Map<string, Answer>();
let bytes = 0;

/** Everything that the answer to a GET depends on; null for what is judged anew each time. */
function keyOf({ method, url, headers }: Request): string | null {
  const authorization = headers.get('authorization');
  if (method !== 'GET' || authorization === null || headers.has('if-none-match')) return null;
  return `${headers.get(WIRE_HEADER) ?? ''}\n${authorization}\n${url}`;
}

/** Keeps the good answer to a hot read, for the same caller and the same question within ANSWER_MS. */
export function keepAnswer(
  request: Request,
  answer: Omit<Answer, 'untilMs' | 'headers'>,
  headers: Headers,
  nowMs: number,
) {
  const key = keyOf(request);
  if (key === null) return;
  bytes += answer.body.length - (answers.get(key)?.body.length ?? 0);
  if (bytes > BYTES_MAX || answers.size >= ANSWERS_MAX) forgetAnswers();
  const kept = [...headers].filter(([name]) => !OWN_HEADERS.has(name));
  answers.set(key, { ...answer, headers: kept, untilMs: nowMs + ANSWER_MS });
}

/** The kept answer to this request, counted like any other; null where there is none, or where it must be refused. */
export function answerAgain(request: Request, nowMs: number): Response | null {
  const key = keyOf(request);
  const known = key === null ? undefined : answers.get(key);
  if (known === undefined || known.untilMs <= nowMs) return null;
  const { policy, state, refusal } = countRequest(known.principal, known.limit, nowMs);
  if (refusal !== null) return null;
  const headers: Answer['headers'] = [
    ...known.headers,
    ['x-request-id', idsAt(nowMs)('request')],
    ['ratelimit-policy', policy],
    ['ratelimit', state],
  ];
  return new Response(known.body, { headers });
}

/** Called after every change, so that the isolate that made it sees it at once. */
export function forgetAnswers(): void {
  answers.clear();
  bytes = 0;
}
