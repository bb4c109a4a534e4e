/** Refuses integers that JavaScript would round: 64-bit columns hold more than a number does. */
import type { KyselyPlugin, PluginTransformResultArgs, QueryResult, UnknownRow } from 'kysely';
import { NacreError } from '../../errors.ts';

const checkRow = (row: UnknownRow): void => {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value))
      continue;
    throw new NacreError('MANAGER_NUMBER_TOO_LARGE', { column, value: String(value) });
  }
};

/** Looks at every number that is read. */
export const SAFE_NUMBERS: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({
    result,
  }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> => {
    for (const row of result.rows) checkRow(row);
    return result;
  },
};
