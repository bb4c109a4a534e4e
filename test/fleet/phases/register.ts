/** Thousands of devices enrol with a join code: each with its key, on a connection and from an address of its own. */
import { each } from '../each.ts';
import { type PhaseReport, spreadOf, spreadText, withCost } from '../figures.ts';
import { type Enrolled, enrol, type FleetGround, joinCode } from '../ground.ts';
import { makeIdentity } from '../identities.ts';

/** Second byte of their addresses. */
const NET = 16;
const AT_ONCE = 16;

export const register = async (
  ground: FleetGround,
  count: number,
): Promise<{ readonly report: PhaseReport; readonly devices: readonly Enrolled[] }> => {
  const code = await joinCode(ground);
  const milliseconds: number[] = [];
  let devices: readonly Enrolled[] = [];
  const report = await withCost(ground, 'registration', async () => {
    const startedMs = performance.now();
    const indexes = Array.from({ length: count }, (_, index) => index);
    devices = await each(indexes, AT_ONCE, async (index) => {
      const identity = makeIdentity(NET, index);
      const beganMs = performance.now();
      const enrolled = await enrol(ground, identity, code);
      milliseconds.push(performance.now() - beganMs);
      return enrolled;
    });
    const seconds = (performance.now() - startedMs) / 1000;
    const { json } = await ground.manager.ask('GET', '/api/v1/devices?state=approved&limit=1');
    return [
      { what: 'devices registered, by the API', measured: String(json['total']) },
      { what: `enrolments a second, ${AT_ONCE} at a time`, measured: (count / seconds).toFixed(0) },
      { what: 'enrolment, median / p99 / most', measured: spreadText(spreadOf(milliseconds)) },
    ];
  });
  return { report, devices };
};
