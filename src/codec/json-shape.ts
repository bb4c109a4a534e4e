/** JSON texts of the image format, checked against a zod schema, with the product's own errors. */
import type * as z from 'zod';
import { NacreError } from '../errors.ts';
import { type FormatPart, formatError } from './bytes.ts';

const FOUND_LIMIT = 80;

/** A value with the shape of `schema`; unknown members are left out. @throws NacreError `IMAGE_FORMAT` */
export const checkShape = <Output>(
  part: FormatPart,
  schema: z.ZodType<Output>,
  value: unknown,
): Output => {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') || 'whole text';
  const found = String(JSON.stringify(issue?.input)).slice(0, FOUND_LIMIT);
  throw formatError(part, field, found, issue?.message ?? 'the documented shape');
};

/** The value of UTF-8 JSON text. @throws NacreError `IMAGE_FORMAT` for bad UTF-8, bad JSON or shape */
export const parseShape = <Output>(
  part: FormatPart,
  schema: z.ZodType<Output>,
  bytes: Uint8Array,
): Output => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    const facts = { part, field: 'JSON', found, needed: 'UTF-8 JSON' };
    throw new NacreError('IMAGE_FORMAT', facts, { cause });
  }
  return checkShape(part, schema, value);
};
