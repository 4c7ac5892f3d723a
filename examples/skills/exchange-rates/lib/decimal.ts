/** A number as its digits and how many of them stand behind the point. */
interface Decimal {
  digits: bigint;
  scale: number;
}

/**
 * `amount` times `rate`, rounded half away from zero to `places`, without binary fractions in between: 1.005 × 1 with two
 * places is 1.01, which `toFixed` gets wrong. Both have to be finite.
 */
export function multiply(amount: number, rate: number, places: number): number {
  const [left, right] = [parseDecimal(amount), parseDecimal(rate)];
  const product = left.digits * right.digits;
  const scale = left.scale + right.scale;
  if (scale <= places) return Number(spell(product, scale));
  const unit = 10n ** BigInt(scale - places);
  const half = product < 0n ? -unit / 2n : unit / 2n;
  return Number(spell((product + half) / unit, places));
}

/** The shortest decimal that names this number, which is what its author wrote. */
function parseDecimal(value: number): Decimal {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function spell(digits: bigint, scale: number): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${digits < 0n ? '-' : ''}${text.slice(0, point)}.${text.slice(point)}0`;
}
