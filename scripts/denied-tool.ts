/** The host that the example tool is asked for, and that a later version of its skill asks permission for. */
export const DENIED_HOST = 'asia.rates.example';
/** The agent of the demo on which that tool is installed. */
export const DENIED_AGENT = 'treasury-desk';

/** The arguments of `aegis-agent` that run the example tool against that host, as the agent would. */
export function deniedCall(tenantId: string): string[] {
  const input = { amount: 100, from: 'EUR', to: 'JPY', source: `https://${DENIED_HOST}` };
  return [
    'run-tool',
    ...['--tenant', tenantId],
    ...['--agent', DENIED_AGENT],
    ...['--skill', 'exchange-rates'],
    ...['--tool', 'convert'],
    ...['--input', JSON.stringify(input)],
  ];
}
