/** `nacre agent`: the service on a device that does what its manager schedules. */
import type { FamilySpec } from '../command.ts';
import { ENROLL } from './agent-enroll.ts';
import { INSTALL } from './agent-install.ts';
import { LOGS, POSTPONE, STATUS } from './agent-look.ts';
import { RUN } from './agent-run.ts';

export const AGENT_FAMILY: FamilySpec = {
  name: 'agent',
  summary: { en: 'the service on a device', ja: '端末上のサービス' },
  commands: [ENROLL, RUN, INSTALL, STATUS, LOGS, POSTPONE],
};
