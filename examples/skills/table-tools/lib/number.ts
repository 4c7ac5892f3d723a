/** The number that a cell spells; null when it spells none. Blanks around it and grouping by commas are not read. */
export function parseNumber(cell: string): number | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(cell) && Number.isFinite(Number(cell)) ? Number(cell) : null;
}

/** The exact sum of cells that spell numbers, as the nearest double: 0.1 and 0.2 give 0.3. */
export function sumCells(cells: readonly string[]): number {
  const parts = cells.map(parseDecimal);
  const scale = Math.max(0, ...parts.map((part) => part.scale));
  const sum = parts.reduce((total, part) => total + part.digits * 10n ** BigInt(scale - part.scale), 0n);
  return Number(`${sum}e-${scale}`);
}

/** Exponents beyond this would make numbers of a million digits. */
const EXPONENT_MAX = 400;

function parseDecimal(cell: string): { digits: bigint; scale: number } {
  const [mantissa = '', exponent = '0'] = cell.toLowerCase().replace(/^\+/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const power = Math.max(-EXPONENT_MAX, Math.min(EXPONENT_MAX, Number(exponent)));
  const scale = fraction.length - power;
  const digits = BigInt(`${whole}${fraction}`);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}
