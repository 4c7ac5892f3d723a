import { z } from 'zod';
import { PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX } from '../limits.ts';

/** `?limit=&cursor=` of every list. The cursor is opaque; an unreadable one is INVALID_REQUEST. */
export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(PAGE_ROWS_DEFAULT),
  cursor: z.string().optional(),
});
export type Page = z.infer<typeof Page>;

export const NextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Pass as `cursor` for the next page; null at the end' });

/** The query of a list as a caller asks it: everything may be left out. */
export type Ask<S extends z.ZodType> = Partial<z.output<S>>;
export type PageInput = Ask<typeof Page>;
