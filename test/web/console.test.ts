/** The console in a real browser, against a real manager. */
import test from 'ava';
import { type ConsoleLab, openConsoleLab } from '../helpers/console-lab.ts';
import { requires } from '../helpers/requires.ts';
import { ADMISSION_CASES } from './suites/admission.ts';
import { APPEARANCE_CASES } from './suites/appearance.ts';
import { DEVICES_CASES } from './suites/devices.ts';
import { JAPANESE_CASES } from './suites/japanese.ts';
import { NETWORK_CASES } from './suites/network.ts';
import { ORDER_CASES } from './suites/orders.ts';
import { PACKAGE_CASES } from './suites/packages.ts';
import { PEOPLE_CASES } from './suites/people.ts';
import { ROLLOUT_CASES } from './suites/rollouts.ts';
import { SESSIONS_CASES } from './suites/sessions.ts';
import { UPDATE_CASES } from './suites/updates.ts';

let opened: Promise<ConsoleLab> | undefined;
const closing: (() => unknown)[] = [];

test.after.always('manager and browser end', async () => {
  for (const close of closing.toReversed()) await close();
});

const CASES = [
  ...DEVICES_CASES,
  ...ADMISSION_CASES,
  ...PEOPLE_CASES,
  ...UPDATE_CASES,
  ...ROLLOUT_CASES,
  ...PACKAGE_CASES,
  ...ORDER_CASES,
  ...NETWORK_CASES,
  ...JAPANESE_CASES,
  ...APPEARANCE_CASES,
  // Their clock ends the sessions of all others.
  ...SESSIONS_CASES,
];

// One manager and one browser for all of them: starting either costs more than what is looked at.
for (const { title, look } of CASES)
  test.serial(title, async (t) => {
    if (!requires(t, 'chromium')) return;
    opened ??= openConsoleLab({ teardown: (close) => closing.push(close) });
    const lab = await opened;
    await look(t, lab);
    t.deepEqual(lab.complaints, []);
  });
