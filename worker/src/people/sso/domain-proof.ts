import { AegisError } from '@aegis/skill-sdk/errors';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { readOutside } from '../../outside.ts';

/** RFC 1035: the number of TXT. */
const TXT = 16;
const NO_SUCH_NAME = 3;
const Answer = z.object({
  Status: z.int(),
  Answer: z.array(z.object({ type: z.int(), data: z.string() })).optional(),
});

/** The TXT record with which the owner of a domain says that it is this tenant's. */
export function recordOf(domain: string, proof: string): { name: string; value: string } {
  return { name: `_aegis.${domain}`, value: `aegis-domain=${proof}` };
}

/** Looks the record up. Null when it is there; else what was found instead, in words. Throws UNAVAILABLE. */
export async function reasonAgainstDomain(ctx: Context, domain: string, proof: string): Promise<string | null> {
  const wanted = recordOf(domain, proof);
  const url = new URL(ctx.config.DNS_OVER_HTTPS);
  url.searchParams.set('name', wanted.name);
  url.searchParams.set('type', 'TXT');
  const answer = await readOutside(url, ctx.config.APP_ENV === 'dev', 'application/dns-json');
  const found = textsOf(await answer.json().catch(() => null));
  if (found === null)
    throw new AegisError('UNAVAILABLE', {
      detail: `The name server at ${url.origin} gave no answer that can be read.`,
    });
  if (found.includes(wanted.value)) return null;
  if (found.length === 0)
    return `There is no TXT record at ${wanted.name} yet. A new one may take some minutes to show.`;
  return `The TXT records at ${wanted.name} hold something else: ${found.slice(0, 3).join(', ').slice(0, 200)}.`;
}

/** The texts of an answer; null when it is none. A text longer than 255 bytes comes in quoted parts. Pure. */
export function textsOf(answer: unknown): string[] | null {
  const parsed = Answer.safeParse(answer);
  if (!parsed.success || (parsed.data.Status !== 0 && parsed.data.Status !== NO_SUCH_NAME)) return null;
  return (parsed.data.Answer ?? [])
    .filter(({ type }) => type === TXT)
    .map(({ data }) =>
      data.startsWith('"') ? [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part).join('') : data,
    );
}
