/** `nacre pxe`: devices that start from the network. */
import type { FamilySpec } from '../command.ts';
import { CHECK } from './pxe-check.ts';
import { EXPLAIN } from './pxe-explain.ts';
import { PASSWORD } from './pxe-password.ts';
import { SERVE } from './pxe-serve.ts';
import { STATUS } from './pxe-status.ts';

export const PXE_FAMILY: FamilySpec = {
  name: 'pxe',
  summary: { en: 'devices that start from the network', ja: 'ネットワークから起動する端末' },
  commands: [SERVE, CHECK, STATUS, EXPLAIN, PASSWORD],
};
