/** The code in capitals, as ISO 4217 spells it. @throws Error that says what is wrong */
export function parseCurrency(code: string): string {
  const capitals = code.trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(capitals)) {
    throw new Error(`${JSON.stringify(code.slice(0, 20))} is no currency code; it has three letters, such as EUR`);
  }
  return capitals;
}

/** How many places the currency has behind the point: 2 for EUR, 0 for JPY, 3 for KWD. */
export function decimalPlaces(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
