/** What agents said of devices, and what happened to them, as it goes over the wire. */
import * as z from 'zod';
import { checkInShape } from '../../../job/agent-protocol.ts';
import { pageOf, pageQuery } from './paging.ts';

const time = z.iso.datetime();
const { inventory, backup, block } = checkInShape.shape;

export const deviceReportShape = z.object({
  device: z.uuid(),
  checkedInAt: time,
  address: z.string(),
  release: z.string(),
  runsIn: z.enum(['os', 'merlin']),
  clockAheadSeconds: z.int().nullable().describe('null while its clock is about right'),
  inventory,
  backup,
  block,
});

export const historyItem = z.object({
  at: time,
  kind: z.enum(['device', 'job']),
  subject: z.string().describe('Id of the device or of the job'),
  action: z.string(),
  actor: z.string(),
  code: z.string().nullable(),
  message: z.string(),
});
export const historyPage = pageOf(historyItem);
export const historyQuery = z.strictObject(pageQuery);
