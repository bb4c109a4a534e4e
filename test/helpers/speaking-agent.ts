/** What an agent says, signed by a key of its own, as the protocol has it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { CheckIn, Report } from '../../src/job/agent-protocol.ts';
import { fingerprintOf, signEnrolment } from '../../src/job/enrolment.ts';
import { keyTextOf, type Signed, signMessage } from '../../src/job/signed-message.ts';

const GIB = 2 ** 30;

const inventory = (): CheckIn['inventory'] => ({
  machine: { maker: 'ACME', product: 'Thin 1', serial: 'ACME-0001' },
  os: { name: 'Debian 12', kernel: '6.1.0' },
  memoryBytes: 4 * GIB,
  disks: [
    {
      ...{ path: '/dev/sda', model: 'FLASH', serial: 'F-0001', sizeBytes: 16 * GIB },
      ...{ sectorSize: 512, isRemovable: false, isOwn: true },
      partitions: [
        {
          ...{ number: 1, role: 'boot-agent', name: 'NACRE-BA', startBytes: 2 ** 20 },
          ...{ sizeBytes: 64 * 2 ** 20, fileSystem: 'vfat' },
        },
      ],
    },
  ],
  boot: { firmware: 'uefi', hasSecureBoot: false, first: 'disk', canSetOrder: true },
  timeZone: 'Asia/Tokyo',
});

export type CheckInChange = Partial<CheckIn>;

/** One machine; `again` starts its agent anew, `clone` is another machine with the same key. */
export class SpeakingAgent {
  readonly privatePem: string;
  readonly key: string;
  readonly name: string;
  readonly pin: string;
  #run = randomBytes(16).toString('hex');
  #number = 0;

  /** @param pin of the manager, 64 hex digits */
  constructor(pin: string, name: string, privatePem?: string) {
    this.pin = pin;
    this.name = name;
    this.privatePem =
      privatePem ??
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    this.key = keyTextOf(this.privatePem);
  }

  get fingerprint(): string {
    return fingerprintOf(this.key);
  }

  /** Its agent starts again. */
  startAgain(): void {
    this.#run = randomBytes(16).toString('hex');
    this.#number = 0;
  }

  clone(): SpeakingAgent {
    return new SpeakingAgent(this.pin, this.name, this.privatePem);
  }

  enrolment(code?: string): Signed {
    const hints = { name: this.name, macs: [] };
    return signEnrolment(this.privatePem, {
      ...{ pin: this.pin, hints },
      ...(code === undefined ? {} : { code }),
    });
  }

  #head() {
    this.#number += 1;
    return { key: this.key, pin: this.pin, run: this.#run, number: this.#number };
  }

  checkIn(change: CheckInChange = {}): Signed {
    return signMessage(this.privatePem, {
      ...this.#head(),
      ...{ format: 'nacre-checkin', version: 1, agent: { release: '0.1.0', runsIn: 'os' } },
      ...{ hints: { name: this.name, macs: [] }, inventory: inventory() },
      ...{ SupportImgBackup: 1, BackupImagePresent: 0, BackImageVer: '' },
      backup: { sizeBytes: 4 * GIB, freeBytes: 4 * GIB, generations: [] },
      block: { mode: 'os', isDirty: false, cmdid: '', status: '', osTries: 0, merlinTries: 0 },
      ...{ job: null, clock: new Date().toISOString(), waitSeconds: 0 },
      ...change,
    });
  }

  report(about: Pick<Report, 'job' | 'attempt' | 'event'> & Partial<Report>): Signed {
    return signMessage(this.privatePem, {
      ...this.#head(),
      ...{ format: 'nacre-report', version: 1, command: null, doneBytes: 0, totalBytes: 0 },
      ...{ code: null, message: '' },
      ...about,
    });
  }
}
