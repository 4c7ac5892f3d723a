/** Where HAProxy and the agent beside it meet. All paths lie in one folder; none may be longer than a socket's name. */
export interface GatewayFiles {
  config: string;
  /** Which pod a source address is: `address tenant|agent`. */
  sources: string;
  /** `tenant mode|revision`. */
  modes: string;
  /** What is allowed; a key without a line is denied. */
  allowed: string;
  /** Commands to the master of HAProxy, and through it to its workers. */
  master: string;
  /** From the frontend that reads all ports to the one that speaks HTTP. */
  http: string;
  /** Where `http://aegis.denied/last` is answered. */
  page: string;
}

export interface HaproxyOptions {
  files: GatewayFiles;
  /** Ports to listen on; each carries TLS and plain HTTP, told apart by the first bytes. */
  ports: readonly number[];
  /** The resolver that the gateway itself asks, as `address:port`; null takes those of /etc/resolv.conf. */
  resolver: string | null;
}

/** The name that pods ask for what was denied to them. */
export const DENIED_HOST = 'aegis.denied';
/** The table of live connections: `source:port tenant|agent protocol port host`. */
export const LIVE_TABLE = 'live';
/** Labels below `**.`; each is one look-up, and no real name has more. */
export const WILDCARD_LABELS_MAX = 12;

/** Longer than a resolver takes to say that there is no such name, in either family. */
const DECIDE_WITHIN_MS = 5000;
/** Behind these stands a machine, not a destination: its loopback, its neighbours, its metadata. Closed in SOFT too. */
const NEVER = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '100.100.100.200/32',
  '224.0.0.0/3',
];
/** RFC 1918 and RFC 6598. */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15'];
/**
 * `::/8` (loopback, IPv4-mapped and -compatible, NAT64), discard-only, Teredo, 6to4, and all from unique-local upwards.
 * By the spelling: as ranges, `::/8` would also hold every IPv4 address, which HAProxy compares as mapped ones.
 */
const PRIVATE_V6 = '^(::|[0-9a-f]{1,2}:|100:|2001:0?:|2002:|f[c-f])';
const NAME = '^([a-z0-9_-]{1,63}[.])*[a-z0-9_-]{1,63}$';
const ADDRESS = '^[0-9.]+$|^[[]|^0x';

/**
 * The whole configuration of the egress gateway. It names no tenant and no host: those are in the three maps, which
 * change while it runs.
 *
 *   connection ─► source address → tenant|agent ─► TLS: name of its hello ─┐
 *                                └─► HTTP: name of its Host, per request ──┴─► allowed? ─► resolved here ─► public? ─► out
 *
 * Where the client wanted to go by address is never looked at, so a name that is allowed leads nowhere but to itself.
 */
export function generateHaproxyConfig({ files, ports, resolver }: HaproxyOptions): string {
  const binds = [...ports].sort((left, right) => left - right).map((port) => `  bind *:${port}`);
  return [
    'global',
    '  log stdout len 4096 format raw local0',
    '  maxconn 8000',
    '  hard-stop-after 1h',
    '',
    'defaults',
    '  log global',
    '  timeout connect 10s',
    '  timeout client 1h',
    '  timeout server 1h',
    '  timeout tunnel 1h',
    '  timeout http-request 10s',
    '  timeout http-keep-alive 60s',
    '  http-reuse never',
    '  maxconn 8000',
    '',
    'resolvers upstream',
    resolver === null ? '  parse-resolv-conf' : `  nameserver upstream ${resolver}`,
    '  resolve_retries 2',
    '  timeout resolve 1s',
    '  timeout retry 500ms',
    '  hold valid 1s',
    '  hold nx 1s',
    '  accepted_payload_size 4096',
    '',
    'frontend any',
    '  mode tcp',
    ...binds,
    `  log-format '${logFormat('sess', 'tls', 'sni')}'`,
    `  tcp-request inspect-delay ${DECIDE_WITHIN_MS}ms`,
    // A hello begins with 0x16; a letter can only be the method of a request.
    '  acl is_request req.payload(0,1) -m reg ^[A-Za-z]',
    '  acl is_hello req.ssl_hello_type 1',
    '  tcp-request content accept if is_request',
    '  tcp-request content set-var(sess.verdict) str(deny)',
    ...identify('tcp-request content', 'sess'),
    '  tcp-request content set-var(sess.reason) str(no_sni)',
    `  tcp-request content set-var(sess.host) 'req.ssl_sni,lower,regsub([.]$,)' if is_hello`,
    '  tcp-request content reject if is_hello !{ req.ssl_sni -m len gt 0 }',
    '  tcp-request content set-var(sess.reason) str(not_in_allowlist) if is_hello',
    ...decide('tcp-request content', 'sess', 'tls', 'is_hello'),
    '  tcp-request content reject if is_hello { var(sess.verdict) -m str deny }',
    ...resolveName('tcp-request content', 'sess', 'tls', 'is_hello'),
    '  tcp-request content reject if is_hello { var(sess.verdict) -m str deny }',
    '  tcp-request content set-dst var(sess.to) if is_hello',
    `  tcp-request content track-sc0 var(sess.live) table ${LIVE_TABLE} if is_hello`,
    '  tcp-request content accept if is_hello',
    '  tcp-request content reject if !is_hello { req.len gt 0 }',
    // Nothing was said. Must be the last, or every connection would wait the whole time out.
    '  tcp-request content reject if WAIT_END',
    '  use_backend to_requests if is_request',
    '  default_backend out',
    '',
    'backend to_requests',
    '  mode tcp',
    `  server requests unix@${files.http} send-proxy-v2`,
    '',
    'frontend requests',
    '  mode http',
    `  bind unix@${files.http} accept-proxy mode 600`,
    `  log-format '${logFormat('txn', 'http', 'http_host')}'`,
    ...identify('http-request', 'txn'),
    `  http-request set-var(txn.host) 'req.hdr(host),field(1,:),lower,regsub([.]$,)'`,
    `  acl is_page var(txn.host) -m str ${DENIED_HOST}`,
    '  http-request set-var(txn.verdict) str(page) if is_page',
    '  http-request set-header x-aegis-source %[src] if is_page',
    '  http-request set-var(txn.verdict) str(deny) if !is_page',
    '  http-request set-var(txn.reason) str(not_in_allowlist)',
    ...decide('http-request', 'txn', 'http', '!is_page'),
    refuse('!is_page'),
    ...resolveName('http-request', 'txn', 'http', '!is_page'),
    refuse('!is_page'),
    '  http-request set-dst var(txn.to) if !is_page',
    `  http-request track-sc0 var(txn.live) table ${LIVE_TABLE} if !is_page`,
    '  use_backend page if is_page',
    '  default_backend out_requests',
    '',
    'backend out',
    '  mode tcp',
    '  server any 0.0.0.0:0',
    '',
    'backend out_requests',
    '  mode http',
    '  server any 0.0.0.0:0',
    '',
    'backend page',
    '  mode http',
    '  timeout server 5s',
    `  server page unix@${files.page}`,
    '',
    `backend ${LIVE_TABLE}`,
    '  stick-table type string len 400 size 20k expire 10s',
    '',
  ]
    .join('\n')
    .replaceAll('SOURCES', files.sources)
    .replaceAll('MODES', files.modes)
    .replaceAll('ALLOWED', files.allowed);
}

/** Sets `verdict` to allow, would_deny or deny from source, port and the name in `<scope>.host`. */
function decide(action: string, scope: 'sess' | 'txn', protocol: 'tls' | 'http', when: string): string[] {
  const set = (name: string, value: string, condition = '') =>
    `  ${action} set-var(${scope}.${name}) ${value} if ${when} ${condition}`;
  const notFound = `!{ var(${scope}.ok) -m found }`;
  const lookUp = (wildcard: string, name: string) => {
    const key = `var(${scope}.who),concat(|${protocol}|,${scope}.port,|${wildcard}),concat(,${scope}.${name},)`;
    return set('ok', `${key},map_str(ALLOWED)`, notFound);
  };
  const below = Array.from({ length: WILDCARD_LABELS_MAX }, (_, index) => index + 1).flatMap((labels) => [
    set('rest', `var(${scope}.host),field(${labels + 1},.,0)`, notFound),
    ...(labels === 1 ? [lookUp('*.', 'rest')] : []),
    lookUp('**.', 'rest'),
  ]);
  return [
    lookUp('', 'host'),
    ...below,
    set('verdict', 'str(would_deny)', `{ var(${scope}.mode) -m str soft }`),
    set('verdict', 'str(allow)', `{ var(${scope}.ok) -m found }`),
    set('verdict', 'str(deny)', `!{ var(${scope}.host) -m reg '${NAME}' }`),
    set('reason', 'str(raw_ip)', `{ var(${scope}.host) -m reg '${ADDRESS}' }`),
    set('verdict', 'str(deny)', `{ var(${scope}.reason) -m str raw_ip }`),
    set('reason', 'str(policy_default)', `{ var(${scope}.who) -m str unknown }`),
  ];
}

/** Who asks, at which port, in which mode and by which revision: for everything that arrives, also what says nothing. */
function identify(action: string, scope: 'sess' | 'txn'): string[] {
  const set = (name: string, value: string) => `  ${action} set-var(${scope}.${name}) ${value}`;
  return [
    set('port', 'dst_port'),
    set('from', 'src_port'),
    set('who', 'src,map_ip(SOURCES,unknown)'),
    set('law', `var(${scope}.who),field(1,|),map_str(MODES,hard)`),
    set('mode', `var(${scope}.law),field(1,|)`),
    set('revision', `var(${scope}.law),field(2,|)`),
  ];
}

/** Resolves `<scope>.host` into `<scope>.to` and denies what is not found or is no public address. */
function resolveName(action: string, scope: 'sess' | 'txn', protocol: 'tls' | 'http', when: string): string[] {
  const set = (name: string, value: string, condition = '') =>
    `  ${action} set-var(${scope}.${name}) ${value} if ${when} ${condition}`;
  const within = (ranges: readonly string[]) => `{ var(${scope}.to) -m ip ${ranges.join(' ')} }`;
  const hard = `!{ var(${scope}.mode) -m str soft }`;
  const refuseAs = (reason: string, condition: string, verdict = 'deny') => [
    set('reason', `str(${reason})`, condition),
    set('verdict', `str(${verdict})`, condition),
  ];
  return [
    // IPv4 first; a name that has none is resolved to its IPv6 address.
    `  ${action} do-resolve(${scope}.to,upstream,ipv4) var(${scope}.host) if ${when}`,
    // Without this a name that is not found would lead to where the client wanted to go by address.
    ...refuseAs('name_not_found', `!{ var(${scope}.to) -m found }`),
    ...refuseAs('private_ip', within(PRIVATE), 'would_deny'),
    ...refuseAs('private_ip', `${within(PRIVATE)} ${hard}`),
    ...refuseAs('private_ip', within(NEVER)),
    ...refuseAs('private_ip', `{ var(${scope}.to) -m reg '${PRIVATE_V6}' }`),
    set(
      'live',
      `src,concat(:,${scope}.from,|),concat(,${scope}.who,|${protocol}|),concat(,${scope}.port,|),concat(,${scope}.host,)`,
    ),
  ];
}

/** The answer of a denial that a person or an agent can read. */
function refuse(when: string): string {
  const body = JSON.stringify({
    error: 'egress_denied',
    host: 'HOST',
    port: 'PORT',
    reason: '%[var(txn.reason)]',
    tenantAndAgent: '%[var(txn.who)]',
    fix: `Declare the host under permissions.network in the manifest of the skill that needs it, and publish that version for review. What was denied last: http://${DENIED_HOST}/last. Do not try to go round it: every attempt is recorded.`,
  })
    .replace('HOST', '%[var(txn.host),json(utf8s)]')
    .replace('"PORT"', '%[var(txn.port)]');
  return `  http-request return status 403 content-type application/json lf-string '${body}' if ${when} { var(txn.verdict) -m str deny }`;
}

/** One line of JSON per connection, or per request of one. Names only: no path, no query, no header. */
function logFormat(scope: 'sess' | 'txn', protocol: 'tls' | 'http', hostSource: 'sni' | 'http_host'): string {
  const text = (name: string) => `"%[var(${scope}.${name}),json(utf8s)]"`;
  return `{"at":%Ts%ms,"src":"%ci","srcPort":%cp,"who":${text('who')},"protocol":"${protocol}","hostSource":"${hostSource}","port":%fp,"host":${text('host')},"ip":"%[var(${scope}.to)]","mode":${text('mode')},"revision":"%[var(${scope}.revision)]","verdict":${text('verdict')},"reason":${text('reason')},"end":"%ts","bytes":%B}`;
}
