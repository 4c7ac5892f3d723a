import type { KeySet } from '@aegis/skill-sdk/wire/clusters';
import { describe, expect, it } from 'vitest';
import { createKeyring, followKeys } from './keyring.ts';
import { makeRegistryKey, signedBy, type TestKey } from './testing/identity.ts';
import { recordedLog } from './testing/log.ts';

const setOf = (...keys: TestKey[]): KeySet => ({ keys: keys.map(({ publicKey }) => publicKey) });
const kids = ({ keys }: KeySet) => keys.map(({ kid }) => kid);

describe('a new key of the registry', () => {
  it('is believed once a pinned key of its purpose signed it, also over keys between them', async () => {
    const first = await makeRegistryKey('approval');
    const second = await signedBy(await makeRegistryKey('approval'), first);
    const third = await signedBy(await makeRegistryKey('approval'), second);
    expect(kids(await followKeys(setOf(first), setOf(third, second)))).toEqual([first.kid, second.kid, third.kid]);
    expect(kids(await followKeys(setOf(first), setOf(third)))).toEqual([first.kid]);
  });

  it.each<[what: string, forge: (pinned: TestKey, fresh: TestKey) => Promise<TestKey>]>([
    ['nobody signed', async (_, fresh) => fresh],
    ['a stranger signed', async (_, fresh) => signedBy(fresh, await makeRegistryKey('state'))],
    ['signed itself', async (_, fresh) => signedBy(fresh, fresh)],
    [
      'carries the signature of another key',
      async (pinned, fresh) => {
        const other = await signedBy(await makeRegistryKey('state'), pinned);
        const { signedByPrevious } = other.publicKey;
        return { ...fresh, publicKey: { ...fresh.publicKey, ...(signedByPrevious && { signedByPrevious }) } };
      },
    ],
    [
      'was signed for another purpose',
      async (pinned, fresh) => {
        const signed = await signedBy(fresh, pinned);
        return { ...signed, publicKey: { ...signed.publicKey, purpose: 'approval' } };
      },
    ],
    [
      'takes the name of a pinned one',
      async (pinned, fresh) => ({ ...fresh, publicKey: { ...fresh.publicKey, kid: pinned.kid } }),
    ],
  ])('that %s is not believed', async (_, forge) => {
    const pinned = await makeRegistryKey('state');
    const forged = await forge(pinned, await makeRegistryKey('state'));
    expect(await followKeys(setOf(pinned), setOf(forged))).toEqual(setOf(pinned));
  });
});

describe('the keyring', () => {
  async function ring(store: (keys: KeySet) => Promise<void> = async () => undefined) {
    const first = await makeRegistryKey('state');
    const second = await signedBy(await makeRegistryKey('state'), first);
    const world = { nowMs: 0, served: setOf(first), asked: 0 };
    const fetchKeys = async () => {
      world.asked++;
      return world.served;
    };
    const keyring = createKeyring({
      pinned: setOf(first),
      fetchKeys,
      store,
      clock: () => world.nowMs,
      log: recordedLog().log,
    });
    return { first, second, world, keyring };
  }

  it('keeps what it follows, and asks at most once in five seconds, however many ask', async () => {
    const stored: KeySet[] = [];
    const { first, second, world, keyring } = await ring(async (keys) => void stored.push(keys));
    expect(await Promise.all([keyring.follow(), keyring.follow()])).toEqual([false, false]);
    world.served = setOf(second);
    world.nowMs = 4999;
    expect([await keyring.follow(), world.asked]).toEqual([false, 1]);
    world.nowMs = 5000;
    expect([await keyring.follow(), world.asked]).toEqual([true, 2]);
    expect(kids(keyring.pinned())).toEqual([first.kid, second.kid]);
    expect(stored).toEqual([keyring.pinned()]);
  });

  it('believes nothing that it could not keep', async () => {
    const { first, second, world, keyring } = await ring(() => Promise.reject(new Error('disk full')));
    world.served = setOf(second);
    expect(await keyring.follow()).toBe(false);
    expect(kids(keyring.pinned())).toEqual([first.kid]);
  });
});
