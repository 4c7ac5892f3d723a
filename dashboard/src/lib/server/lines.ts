/** What people type line by line into a form, as the API wants it. */

/** `key=value` per line; a line without `=` becomes a label with an empty value. Empty lines are skipped. */
export function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    linesOf(text).map((line) => {
      const equals = line.indexOf('=');
      return equals < 0 ? [line, ''] : [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
    }),
  );
}

/** `host`, `host:port` or `http://host[:port]` per line, as entries of `permissions.network`. The registry judges them. */
export function parseHosts(text: string): (string | { host: string; ports?: number[]; protocol?: 'http' })[] {
  return linesOf(text).map((line) => {
    const isPlain = line.startsWith('http://');
    const bare = line.replace(/^https?:\/\//, '').replace(/\/$/, '');
    const match = /^(.+):(\d{1,5})$/.exec(bare);
    const host = match?.[1] ?? bare;
    const port = match?.[2];
    if (port === undefined && !isPlain) return host;
    return { host, ...(port === undefined ? {} : { ports: [Number(port)] }), ...(isPlain ? { protocol: 'http' } : {}) };
  });
}

function linesOf(text: string): string[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
