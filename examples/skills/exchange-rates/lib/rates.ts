import type { ToolContext } from '@aegis/skill-sdk';

/** Rates of one day: one unit of `base` is worth `rates[code]` units of the other currency. */
export interface Rates {
  base: string;
  /** YYYY-MM-DD; the last working day when there are no rates of the day that was asked for. */
  date: string;
  rates: Record<string, number>;
  /** The origin that answered. */
  source: string;
}

export interface RatesQuery {
  base: string;
  /** None: all there are. */
  symbols: readonly string[];
  /** YYYY-MM-DD; missing: the latest. */
  date?: string | undefined;
  /** `eu`, `us`, or the https origin of another server of the same kind; missing: `eu`, and `us` when that is down. */
  source?: string | undefined;
}

const EU = 'https://eu.rates.example';
const US = 'https://us.rates.example';

/** All currencies of the world are some 5 KB. */
const ANSWER_CHARACTERS_MAX = 64 * 1024;

/** The server has no answer now; another one may have. */
class SourceDown extends Error {}

/**
 * Gets rates from a server of exchange rates.
 * @throws Error that says what is wrong with the query or the answer, or that no server answers
 */
export async function fetchRates(context: ToolContext, query: RatesQuery): Promise<Rates> {
  const path = pathOf(query);
  switch (query.source) {
    case 'eu':
      return read(EU, query, await context.fetch(`${EU}/v1/${path}`, requestOf(context)));
    case 'us':
      return read(US, query, await context.fetch(`${US}/v1/${path}`, requestOf(context)));
    case undefined:
      try {
        return await read(EU, query, await context.fetch(`${EU}/v1/${path}`, requestOf(context)));
      } catch (error) {
        if (!(error instanceof SourceDown)) throw error;
        context.log('the first source is down', { source: EU, reason: error.message });
        return read(US, query, await context.fetch(`${US}/v1/${path}`, requestOf(context)));
      }
    default: {
      const origin = parseSource(query.source);
      return read(origin, query, await context.fetch(`${origin}/v1/${path}`, requestOf(context)));
    }
  }
}

function requestOf(context: ToolContext): RequestInit {
  return { headers: { accept: 'application/json' }, signal: context.signal };
}

/** The origin in a source that the user gave. Whether it may be asked is decided by the manifest, not here. */
function parseSource(source: string): string {
  const wrong = `source ${JSON.stringify(source.slice(0, 100))} must be eu, us or an https origin such as https://rates.example.com`;
  if (!URL.canParse(source)) throw new Error(wrong);
  const url = new URL(source);
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url.protocol !== 'https:' || !bare) throw new Error(wrong);
  return url.origin;
}

function pathOf({ base, symbols, date }: RatesQuery): string {
  if (date !== undefined && !isDay(date)) {
    throw new Error(`date ${JSON.stringify(date.slice(0, 20))} must be a day such as 2026-03-31`);
  }
  const only = symbols.length === 0 ? '' : `&symbols=${symbols.join(',')}`;
  return `${date ?? 'latest'}?base=${base}${only}`;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  // February 30 parses on some engines, as March 2.
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

async function read(source: string, query: RatesQuery, response: Response): Promise<Rates> {
  if (response.status === 404)
    throw new Error(`${source} has no rates for ${query.base} on ${query.date ?? 'this day'}`);
  if (response.status === 429 || response.status >= 500) throw new SourceDown(`${source} answered ${response.status}`);
  if (!response.ok) throw new Error(`${source} answered ${response.status}`);
  const text = await response.text();
  if (text.length > ANSWER_CHARACTERS_MAX) throw new Error(`${source} answered more than a table of rates`);
  const { base, date, rates } = parseAnswer(source, text);
  const missing = query.symbols.filter((code) => rates[code] === undefined);
  if (base !== query.base) throw new Error(`${source} answered for ${base}, not for ${query.base}`);
  if (missing.length > 0) throw new Error(`${source} has no rate for ${missing.join(', ')}`);
  return { base, date, rates, source };
}

function parseAnswer(source: string, text: string): Omit<Rates, 'source'> {
  const wrong = () => new Error(`${source} answered something else than a table of rates`);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (answer === null || typeof answer !== 'object' || !('base' in answer && 'date' in answer && 'rates' in answer)) {
    throw wrong();
  }
  const { base, date, rates } = answer;
  if (typeof base !== 'string' || typeof date !== 'string' || rates === null || typeof rates !== 'object')
    throw wrong();
  // What comes from outside is copied field by field: the agent reads this.
  const good = Object.entries(rates).filter(
    (entry): entry is [string, number] =>
      /^[A-Z]{3}$/.test(entry[0]) && typeof entry[1] === 'number' && Number.isFinite(entry[1]) && entry[1] > 0,
  );
  if (!/^[A-Z]{3}$/.test(base) || !isDay(date) || good.length === 0) throw wrong();
  return { base, date, rates: Object.fromEntries(good) };
}
