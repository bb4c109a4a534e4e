/** A check-in for tests of the way that it goes. */
import type { CheckInFacts } from '../../src/agent/manager/manager-messages.ts';

/** Facts of a machine that has nothing. */
export const checkInExample = (): CheckInFacts => ({
  agent: { release: '0', runsIn: 'os' },
  hints: { macs: [] },
  inventory: {
    machine: { maker: '', product: '', serial: '' },
    ...{ os: { name: '', kernel: '' }, memoryBytes: 0, disks: [] },
    boot: { firmware: 'bios', hasSecureBoot: false, first: 'unknown', canSetOrder: false },
    timeZone: 'UTC',
  },
  ...{ SupportImgBackup: 0, BackupImagePresent: 0, BackImageVer: '', backup: null, block: null },
  ...{ job: null, clock: '1970-01-01T00:00:00.000Z', waitSeconds: 0 },
});
