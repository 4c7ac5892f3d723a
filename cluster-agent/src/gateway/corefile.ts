/** Short, because the address behind a name is always the gateway's and may move with it. */
const ANSWER_TTL_SECONDS = 5;

export interface DnsOptions {
  /** What every external name is answered with. */
  gatewayAddress: string;
  /** The resolver of the cluster, for its own names alone; null where there is none. */
  clusterResolver: string | null;
}

/**
 * The configuration of the DNS of tenants: one static block that knows no tenant. Nothing is asked of any resolver for
 * a name outside of the cluster, so a query carries nothing out. Only `A` is answered; no keys for encrypted hellos
 * (HTTPS, SVCB), no text, no mail. No reverse zone is forwarded: a public one would carry a query out.
 */
export function generateCorefile({ gatewayAddress, clusterResolver }: DnsOptions): string {
  const noData = ['    rcode NOERROR', '    authority ". 5 IN SOA ns.aegis. host.aegis. 1 60 60 60 5"'];
  const template = (type: string, lines: string[]) => [`  template IN ${type} {`, ...lines, '  }'];
  return [
    ...(clusterResolver === null ? [] : ['cluster.local {', `  forward . ${clusterResolver}`, '}']),
    '. {',
    '  log',
    '  errors',
    ...template('A', [`    answer "{{ .Name }} ${ANSWER_TTL_SECONDS} IN A ${gatewayAddress}"`]),
    ...['AAAA', 'HTTPS', 'SVCB'].flatMap((type) => template(type, noData)),
    // The last: TXT, MX, SRV, NULL and the rest.
    ...template('ANY', ['    rcode REFUSED']),
    '}',
    '',
  ].join('\n');
}
