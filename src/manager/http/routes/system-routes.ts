/** The manager itself, and what was changed in it. */
import * as z from 'zod';
import { readAudit } from '../../identity/audit.ts';
import { route } from '../route.ts';
import { auditPage, auditQuery } from '../shapes/users.ts';

export const managerShape = z.object({
  release: z.string(),
  startedAt: z.iso.datetime(),
  dataBase: z.enum(['sqlite', 'postgres']),
  pin: z.string().describe('SHA-256 of the key by which this manager is known'),
});

export const SYSTEM_ROUTES = [
  route({
    method: 'get',
    path: '/manager',
    summary: 'Release, data base and pin of this manager',
    area: 'system',
    role: 'viewer',
    answer: managerShape,
    handle: async (_input, { manager: { release, startedAt, store, pin } }) => ({
      release,
      startedAt,
      dataBase: store.dialect,
      pin: `sha256:${pin}`,
    }),
  }),
  route({
    method: 'get',
    path: '/audit',
    summary: 'What was changed, by whom, from where; the newest first',
    area: 'audit',
    role: 'administrator',
    query: auditQuery,
    answer: auditPage,
    handle: ({ query }, { manager }) => readAudit(manager, query, query),
  }),
];
