import { describe, expect, it } from 'vitest';
import { AegisError } from '../errors.ts';
import { forEachOf } from './many.ts';

const numbers = Array.from({ length: 20 }, (_, at) => at);

describe('many at once', () => {
  it('keeps the order of the results, and never runs more than six', async () => {
    let running = 0;
    let most = 0;
    const results = await forEachOf(numbers, { noun: 'numbers' }, async (number) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return number * 2;
    });
    expect(results).toEqual(numbers.map((number) => number * 2));
    expect(most).toBe(6);
  });

  it('names every refusal, and the first decides about the code and the facts', async () => {
    const work = async (number: number) => {
      if (number % 5 !== 0) return;
      throw new AegisError(number === 0 ? 'NOT_INSTALLABLE' : 'NOT_FOUND', {
        detail: `no ${number}`,
        meta: { number },
      });
    };
    await expect(forEachOf(numbers, { noun: 'skills' }, work)).rejects.toMatchObject({
      code: 'NOT_INSTALLABLE',
      meta: { number: 0 },
      detail: `4 of 20 skills were refused. Nothing was written.
  NOT_INSTALLABLE: no 0
  NOT_FOUND: no 5
  NOT_FOUND: no 10
  NOT_FOUND: no 15`,
    });
    await expect(forEachOf([5], { noun: 'skills' }, work)).rejects.toMatchObject({ detail: 'no 5' });
  });

  it('stops where the next one cannot fare better', async () => {
    let asked = 0;
    const work = async () => {
      asked++;
      throw new AegisError('NETWORK', { detail: 'no network' });
    };
    await expect(forEachOf(numbers, { noun: 'skills' }, work)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(asked).toBeLessThanOrEqual(6);
    const bug = async () => {
      throw new TypeError('a bug');
    };
    await expect(forEachOf([1], { noun: 'skills' }, bug)).rejects.toThrow(TypeError);
  });
});
