/** How lists are asked for and answered. */
import * as z from 'zod';

const MOST_ITEMS = 500;

/** `limit` and `after` of a query. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_ITEMS)
    .default(100)
    .describe(`Items of one page, 1 to ${MOST_ITEMS}`),
  after: z.string().max(1024).optional().describe('`next` of the page before'),
};

/** A page of items. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    total: z.int().describe('Items of all pages'),
    next: z.string().nullable().describe('What to ask the next page with'),
  });
