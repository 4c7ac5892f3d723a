import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { findFreePort, requireFreePort } from './port.ts';

it('a free port passes', async () => {
  await expect(requireFreePort(await findFreePort())).resolves.toBeUndefined();
});

it.each(['127.0.0.1', '::1'])(
  'a port that somebody listens on at %s gets a sentence with another one',
  async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(requireFreePort(port)).rejects.toThrow(`Port ${port} is taken`);
    await expect(requireFreePort(port)).rejects.toThrow(`npm start -- --port ${port + 1}`);
    server.close();
  },
);
