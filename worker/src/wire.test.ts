import { describe, expect, it } from 'vitest';
import { answerError, room } from './http.ts';
import { wire } from './wire.ts';

/** A registry of that wire version with one route. */
function registryOf(own: string) {
  const app = room();
  app.onError(answerError);
  app.use('/api/*', wire(own));
  app.get('/api/ping', (c) => c.text('pong'));
  return async (sent: string | undefined, userAgent = 'aegis/0.1.0') => {
    const headers: Record<string, string> = { 'user-agent': userAgent };
    if (sent !== undefined) headers['aegis-wire'] = sent;
    const answer = await app.request('/api/ping', { headers });
    const problem = answer.status === 200 ? {} : await answer.json<{ code: string; detail: string }>();
    return { status: answer.status, wire: answer.headers.get('aegis-wire'), ...problem };
  };
}

describe('a registry of wire 1.3', () => {
  const ask = registryOf('1.3');

  it.each(['1.3', '1.2', '1.4', '1.9', undefined])('works with a peer of %s, and says what it speaks', async (sent) => {
    expect(await ask(sent)).toEqual({ status: 200, wire: '1.3' });
  });

  it.each(['1.1', '1.0', '0.9'])('answers 426 to a peer of %s, with the command that upgrades it', async (sent) => {
    expect(await ask(sent)).toMatchObject({
      status: 426,
      wire: '1.3',
      code: 'CLIENT_OUTDATED',
      detail: `This client speaks wire version ${sent}, the registry 1.3. Upgrade it: npm install --global @aegis/skill-sdk@latest`,
    });
    expect(await ask(sent, 'aegis-agent/0.1.0')).toMatchObject({
      status: 426,
      detail: expect.stringContaining('Upgrade the cluster agent to the release of the registry'),
    });
  });

  it('tells a peer of a newer major that it is the registry that is old', async () => {
    expect(await ask('2.0')).toMatchObject({ status: 426, wire: '1.3', code: 'REGISTRY_OUTDATED' });
  });

  it.each(['one', '1', '1.0.0', '-1.3'])('cannot read the version %s', async (sent) => {
    expect(await ask(sent)).toMatchObject({ status: 400, code: 'INVALID_REQUEST', wire: '1.3' });
  });
});
