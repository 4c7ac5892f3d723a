import { describe, expect, it } from 'vitest';
import type { Client } from '../client.ts';
import { findVersion, parseReference, versionsOf } from './find-version.ts';

const TENANT = 'ten-01jd0000000000000000000000';

/** A client whose list has two pages. */
function paged(pages: string[][]): Pick<Client, 'skills'> {
  const list = async ({ cursor }: { cursor?: string }) => {
    const at = Number(cursor ?? 0);
    return {
      skills: (pages[at] ?? []).map((version) => ({ name: 'crm', version })),
      nextCursor: at + 1 < pages.length ? String(at + 1) : null,
    };
  };
  return { skills: { list } as unknown as Client['skills'] };
}

describe('NAME[@VERSION]', () => {
  it('is read in its parts', () => {
    expect(parseReference('crm')).toEqual({ name: 'crm', version: undefined });
    expect(parseReference('crm@1.2.0-rc.1+b')).toEqual({ name: 'crm', version: '1.2.0-rc.1+b' });
    for (const text of ['', '@1.0.0', 'crm@', 'a@b@c'])
      expect(() => parseReference(text)).toThrow(/is no skill; wanted NAME/);
  });
});

describe('a version', () => {
  it('is found on any page, and the highest one by semver', async () => {
    const client = paged([
      ['1.0.0', '1.10.0'],
      ['1.9.0', '2.0.0-rc.1'],
    ]) as Client;
    expect((await versionsOf(client, TENANT, 'crm')).map(({ version }) => version)).toEqual([
      '2.0.0-rc.1',
      '1.10.0',
      '1.9.0',
      '1.0.0',
    ]);
    expect(await findVersion(client, TENANT, 'crm', '1.9.0')).toMatchObject({ version: '1.9.0' });
    expect(await findVersion(client, TENANT, 'crm', undefined)).toMatchObject({ version: '2.0.0-rc.1' });
  });

  it('that is not there is told with those that are', async () => {
    const many = paged([['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.0.5']]) as Client;
    await expect(findVersion(many, TENANT, 'crm', '9.0.0')).rejects.toThrow(
      'crm@9.0.0 is not published. There are: 1.0.5, 1.0.4, 1.0.3, 1.0.2, 1.0.1 …',
    );
    await expect(findVersion(paged([[]]) as Client, TENANT, 'crm', undefined)).rejects.toThrow(/has no skill crm/);
  });
});
