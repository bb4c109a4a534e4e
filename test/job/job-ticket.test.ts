import { generateKeyPairSync } from 'node:crypto';
import test from 'ava';
import { fingerprintOf } from '../../src/job/enrolment.ts';
import { type JobTicket, readTicket, signTicket } from '../../src/job/job-ticket.ts';
import { keyTextOf, signMessage } from '../../src/job/signed-message.ts';

const pem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const manager = pem();
const device = fingerprintOf(keyTextOf(pem()));
const now = new Date('2026-12-01T10:00:00.000Z');
const about: Omit<JobTicket, 'format' | 'version'> = {
  ...{ job: 'a1'.repeat(16), attempt: 1, device, commands: ['BI', 'PI'], counter: 7 },
  image: { name: 'lab-pc', id: 'c3'.repeat(32) },
  ...{ issuedAt: '2026-12-01T09:00:00.000Z', expiresAt: '2026-12-02T09:00:00.000Z' },
  ...{ limitBytesPerSecond: null, notice: null, healthSeconds: 600 },
};
const check = { managerKey: keyTextOf(manager), device, lastCounter: 6, now };
const refused = (message: RegExp) => ({ code: 'TICKET_REFUSED', message });

test('a device obeys what its manager signed for it, also when it comes again', (t) => {
  const signed = signTicket(manager, about);
  t.like(readTicket(signed, check), about);
  t.notThrows(() => readTicket(signed, { ...check, lastCounter: 7 }));
});

test('another manager, another device, an old or an expired ticket: refused with both values', (t) => {
  const signed = signTicket(manager, about);
  t.throws(() => readTicket(signTicket(pem(), about), check), refused(/not signed by the manager/));
  const other = fingerprintOf(keyTextOf(pem()));
  t.throws(() => readTicket(signed, { ...check, device: other }), refused(/is for device/));
  t.throws(
    () => readTicket(signed, { ...check, lastCounter: 8 }),
    refused(/is 7, after one with 8/),
  );
  const late = { ...check, now: new Date('2026-12-02T09:00:00.000Z') };
  t.throws(() => readTicket(signed, late), refused(/expired at 2026-12-02T09:00/));
});

test('every changed byte and every shorter text is refused, and so is what has the key and not the form', (t) => {
  const signed = signTicket(manager, about);
  for (let at = 0; at < signed.text.length; at += 1) {
    const wrong = signed.text.charAt(at) === '0' ? '1' : '0';
    const text = `${signed.text.slice(0, at)}${wrong}${signed.text.slice(at + 1)}`;
    t.throws(() => readTicket({ ...signed, text }, check), refused(/not signed/), String(at));
    t.throws(() => readTicket({ ...signed, text: signed.text.slice(0, at) }, check));
  }
  for (const value of [null, [], { ...about }, { ...about, format: 'nacre-ticket', version: 2 }])
    t.throws(
      () => readTicket(signMessage(manager, value), check),
      refused(/not of the known form/),
    );
});
