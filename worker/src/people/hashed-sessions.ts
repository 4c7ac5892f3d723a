import { createHash } from 'node:crypto';
import type { drizzleAdapter } from 'better-auth/adapters/drizzle';

type MakeAdapter = ReturnType<typeof drizzleAdapter>;
type Adapter = ReturnType<MakeAdapter>;
type Where = NonNullable<Parameters<Adapter['findMany']>[0]['where']>;

/**
 * An adapter of better-auth that keeps the hash of a session's token where better-auth would keep the token: who reads
 * the database reads no credential. To better-auth it looks as if the token stood there, because every row that it asks
 * for by a token comes back with that token.
 */
export function hashedSessions(make: MakeAdapter): MakeAdapter {
  return (options) => wrap(make(options));
}

/** What a session's token is kept as. */
export const sessionHash = (token: string) => createHash('sha256').update(`session ${token}`).digest('hex');

function wrap<A extends Omit<Adapter, 'transaction'>>(inner: A): A {
  return {
    ...inner,
    create: async (given: Parameters<Adapter['create']>[0]) => {
      const { token } = given.data as { token?: unknown };
      if (given.model !== 'session' || typeof token !== 'string') return await inner.create(given);
      const row = await inner.create({ ...given, data: { ...given.data, token: sessionHash(token) } });
      return { ...row, token };
    },
    findOne: async (given: Parameters<Adapter['findOne']>[0]) => restore(await inner.findOne(hashed(given)), given),
    findMany: async (given: Parameters<Adapter['findMany']>[0]) =>
      (await inner.findMany(hashed(given))).map((row) => restore(row, given)),
    update: async (given: Parameters<Adapter['update']>[0]) => restore(await inner.update(hashed(given)), given),
    consumeOne: async (given: Parameters<Adapter['consumeOne']>[0]) =>
      restore(await inner.consumeOne(hashed(given)), given),
    count: (given: Parameters<Adapter['count']>[0]) => inner.count(hashed(given)),
    updateMany: (given: Parameters<Adapter['updateMany']>[0]) => inner.updateMany(hashed(given)),
    delete: (given: Parameters<Adapter['delete']>[0]) => inner.delete(hashed(given)),
    deleteMany: (given: Parameters<Adapter['deleteMany']>[0]) => inner.deleteMany(hashed(given)),
    ...('transaction' in inner ? { transaction: transactionOf(inner as unknown as Adapter) } : {}),
  };
}

/** A transaction works on an adapter of its own, which has to hash as well. */
function transactionOf(inner: Adapter): Adapter['transaction'] {
  return (work) => inner.transaction((part) => work(wrap(part)));
}

interface Query {
  model: string;
  where?: Where | undefined;
}

/** The tokens that are asked for, in clear. */
function tokensOf({ model, where = [] }: Query): string[] {
  if (model !== 'session') return [];
  return where.filter(({ field }) => field === 'token').flatMap(({ value }) => [value].flat().map(String));
}

/** The same question with hashes in the place of tokens. */
function hashed<Q extends Query>(query: Q): Q {
  if (tokensOf(query).length === 0) return query;
  const hash = (value: unknown) => sessionHash(String(value));
  const where = query.where?.map((part) => {
    if (part.field !== 'token') return part;
    return { ...part, value: Array.isArray(part.value) ? part.value.map(hash) : hash(part.value) };
  });
  return { ...query, where };
}

/** The row with the token that it was asked for by. */
function restore<R>(row: R, query: Query): R {
  if (row === null || typeof row !== 'object' || !('token' in row)) return row;
  const token = tokensOf(query).find((one) => sessionHash(one) === row.token);
  return token === undefined ? row : { ...row, token };
}
