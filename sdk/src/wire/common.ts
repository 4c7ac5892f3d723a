import { z } from 'zod';
import { type IdKind, idPattern } from '../ids.ts';

export const id = (kind: IdKind) => z.string().regex(idPattern(kind));
export const Instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
export const DigestText = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ example: `sha256:${'0'.repeat(64)}` });

/** RFC 9457 with our stable code. */
export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.string(),
    error: z.string().optional().meta({ description: 'Of OAuth routes: the code as RFC 6749 and RFC 8628 spell it' }),
    requestId: z.string().optional(),
    errors: z
      .array(
        z.object({
          pointer: z.string(),
          detail: z.string(),
          file: z.string().optional(),
          line: z.int().optional(),
          column: z.int().optional(),
          fix: z.string().optional(),
        }),
      )
      .optional(),
    meta: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });

/** Who did something, as it is shown. */
export const Actor = z
  .object({ kind: z.enum(['user', 'key', 'cluster', 'ci', 'system']), id: z.string(), name: z.string() })
  .meta({ id: 'Actor' });
export type Actor = z.infer<typeof Actor>;

/** What the caller may do with the subject, with the reason where not. The dashboard never derives it again. */
export const Can = z
  .record(z.string(), z.object({ allowed: z.boolean(), reason: z.string().optional() }))
  .meta({ id: 'Can' });
export type Can = z.infer<typeof Can>;
