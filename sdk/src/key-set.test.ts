import { describe, expect, test } from 'vitest';
import { followKeys, isSignedBy, type RegistryKey, signSuccessor } from './key-set.ts';

type Purpose = RegistryKey['purpose'];

async function makeKey(kid: string, purpose: Purpose = 'approval') {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('wanted a pair of keys');
  const { x = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const key: RegistryKey = { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'Ed25519', purpose };
  return { kid, key, privateKey: pair.privateKey };
}

const first = await makeKey('first');
const second = await makeKey('second');
const third = await makeKey('third');
const state = await makeKey('state', 'state');
const signed = async (next: typeof first, previous: typeof first): Promise<RegistryKey> => ({
  ...next.key,
  signedByPrevious: await signSuccessor(previous, next.key),
});
const follow = async (pinned: RegistryKey[], served: RegistryKey[]) => {
  const { keys, fresh, strangers } = await followKeys({ keys: pinned }, { keys: served });
  const kids = (list: RegistryKey[]) => list.map(({ kid }) => kid);
  return { trusted: kids(keys.keys), fresh: kids(fresh), strangers: kids(strangers) };
};

describe('a registry is followed to new keys', () => {
  test('when nothing changed there is nothing to follow', async () => {
    expect(await follow([first.key, state.key], [state.key, first.key])).toEqual({
      trusted: ['first', 'state'],
      fresh: [],
      strangers: [],
    });
  });

  test('that a pinned key signed, over several changes and in any order', async () => {
    const [next, last] = [await signed(second, first), await signed(third, second)];
    expect(await follow([first.key], [next])).toMatchObject({ trusted: ['first', 'second'], strangers: [] });
    expect(await follow([first.key], [last, next, first.key])).toEqual({
      trusted: ['first', 'second', 'third'],
      fresh: ['second', 'third'],
      strangers: [],
    });
  });

  test('a key that was withdrawn by the registry stays pinned until the next login', async () => {
    expect(await follow([first.key], [await signed(second, first)])).toMatchObject({ trusted: ['first', 'second'] });
  });
});

describe('a key is a stranger', () => {
  test('without a signature, with a link of the chain missing, or with a signature of a stranger', async () => {
    expect(await follow([first.key], [second.key])).toMatchObject({ trusted: ['first'], strangers: ['second'] });
    expect(await follow([first.key], [await signed(third, second)])).toMatchObject({ strangers: ['third'] });
    expect(await follow([first.key], [await signed(third, second), second.key])).toMatchObject({
      trusted: ['first'],
      strangers: ['third', 'second'],
    });
  });

  test('when it carries the kid of a pinned key and other bytes, signed or not', async () => {
    const forged = { ...second.key, kid: 'first' };
    expect(await follow([first.key], [forged])).toMatchObject({ trusted: ['first'], strangers: ['first'] });
    const signedByPrevious = await signSuccessor(first, forged);
    expect(await follow([first.key], [{ ...forged, signedByPrevious }])).toMatchObject({ strangers: ['first'] });
  });

  test('when the key of another purpose signed it', async () => {
    expect(await follow([state.key], [await signed(second, state)])).toMatchObject({ strangers: ['second'] });
    const asState = { ...(await signed(second, first)), purpose: 'state' as const };
    expect(await follow([first.key, state.key], [asState])).toMatchObject({ strangers: ['second'] });
  });

  test('when its signature was made for another key, by another key, or for another use', async () => {
    const honest = await signed(second, first);
    expect(await follow([first.key], [{ ...third.key, signedByPrevious: honest.signedByPrevious }])).toMatchObject({
      strangers: ['third'],
    });
    const byAnother = await signSuccessor({ ...third, kid: 'first' }, second.key);
    const [header = '', payload = '', signature = ''] = (honest.signedByPrevious ?? '').split('.');
    const headerOf = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, '');
    for (const signedByPrevious of [
      byAnother,
      `${headerOf({ alg: 'none', kid: 'first' })}.${payload}.`,
      `${headerOf({ alg: 'Ed25519', kid: 'first', typ: 'added' })}.${payload}.${signature}`,
      `${headerOf(null)}.${payload}.${signature}`,
      `{.${payload}.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${payload}.%`,
      `${header}.${payload}.${signature}.more`,
      '',
    ]) {
      expect(await follow([first.key], [{ ...second.key, signedByPrevious }]), signedByPrevious).toMatchObject({
        strangers: ['second'],
      });
    }
  });
});

test('a key that is no point on the curve verifies nothing', async () => {
  const signature = new Uint8Array(64);
  expect(await isSignedBy({ ...first.key, x: 'AA' }, { signed: new Uint8Array(1), signature })).toBe(false);
  expect(await isSignedBy(first.key, { signed: new Uint8Array(1), signature: null })).toBe(false);
});
