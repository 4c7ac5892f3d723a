import { createToolHandler } from '@aegis/skill-sdk';
import { decimalPlaces, parseCurrency } from '../lib/currency.ts';
import { multiply } from '../lib/decimal.ts';
import { fetchRates } from '../lib/rates.ts';
import { convertTool, getRatesTool } from '../tools/rates.ts';

const SYMBOLS_MAX = 50;
/** Up to here a double holds every cent. */
const AMOUNT_MAX = 1e12;

export const getRates = createToolHandler(getRatesTool, async ({ base, symbols, date, source }, context) => {
  if (symbols.length > SYMBOLS_MAX) throw new Error(`symbols may hold at most ${SYMBOLS_MAX} currencies`);
  const codes = symbols.map((symbol) => parseCurrency(String(symbol)));
  return fetchRates(context, { base: parseCurrency(base), symbols: codes, date, source });
});

export const convert = createToolHandler(convertTool, async ({ amount, from, to, date, source }, context) => {
  if (Math.abs(amount) > AMOUNT_MAX) throw new Error(`amount may be at most ${AMOUNT_MAX}`);
  const [base, target] = [parseCurrency(from), parseCurrency(to)];
  if (base === target) throw new Error(`from and to are both ${base}`);
  const answer = await fetchRates(context, { base, symbols: [target], date, source });
  const rate = answer.rates[target] ?? Number.NaN;
  const result = multiply(amount, rate, decimalPlaces(target));
  return { amount, from: base, to: target, result, rate, date: answer.date, source: answer.source };
});
