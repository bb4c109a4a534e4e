/** All points of an upload; test/agent/order/capture-order.test.ts has the short version. */
import test from 'ava';
import { losePowerAt, loseServerAt, UPLOAD_POINTS } from '../helpers/capture-cuts.ts';

for (const point of UPLOAD_POINTS) {
  test(`a server that is gone after ${point.join(' ')} is waited for, and the capture goes on`, (t) =>
    loseServerAt(t, point));

  test(`a machine that loses its power after ${point.join(' ')} sends what lacks at its next start`, (t) =>
    losePowerAt(t, point));
}
