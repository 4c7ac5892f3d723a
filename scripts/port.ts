import { createServer } from 'node:net';
import { AegisError } from '@aegis/skill-sdk/errors';

/** Any port of this machine that nobody listens on now. */
export async function findFreePort(): Promise<number> {
  return await listenOnce(0, '127.0.0.1');
}

/** USAGE when somebody listens on that port; a browser asks ::1 for `localhost` too, so both are looked at. */
export async function requireFreePort(port: number): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    try {
      await listenOnce(port, host);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') continue;
      throw new AegisError('USAGE', { detail: sentence(port, code), cause });
    }
  }
}

function sentence(port: number, code: unknown): string {
  const other = `choose another one: npm start -- --port ${port < 65_535 ? port + 1 : 8788}`;
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken, perhaps by an Aegis that runs already. Stop that, or ${other}`;
  if (code === 'EACCES') return `Port ${port} may only be opened by the administrator; ${other}`;
  return `Port ${port} cannot be opened (${String(code)}); ${other}`;
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
