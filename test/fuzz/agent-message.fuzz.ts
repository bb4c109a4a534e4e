/** What agents say: whatever comes is refused in words or has only values within their limits. */
import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { isNacreError } from '../../src/errors.ts';
import { checkInShape, reportShape } from '../../src/job/agent-protocol.ts';
import { signedShape } from '../../src/job/signed-message.ts';
import { readCheckIn, readReport } from '../../src/manager/agents/agent-message.ts';
import { SpeakingAgent } from '../helpers/speaking-agent.ts';

const PIN = 'ab'.repeat(32);
const agent = new SpeakingAgent(PIN, 'pc-1');
const KEY = createPrivateKey(agent.privatePem);

/** Inputs to start from: texts as they are signed, and envelopes around them. */
export const seeds = (): readonly Uint8Array[] => {
  const checkIn = agent.checkIn();
  const report = agent.report({ job: 'a1'.repeat(16), attempt: 1, event: 'finish' });
  return [checkIn.text, report.text, JSON.stringify(checkIn), JSON.stringify(report)].map((text) =>
    Buffer.from(text),
  );
};

const refusedInWords = (work: () => void): void => {
  try {
    work();
  } catch (error) {
    if (!isNacreError(error, 'AGENT_MESSAGE_REFUSED')) throw error;
  }
};

const look = (signed: Parameters<typeof readCheckIn>[0]): void => {
  refusedInWords(() => {
    const { said, digest } = readCheckIn(signed, PIN);
    assert.match(digest, /^[0-9a-f]{64}$/);
    assert.equal(said.pin, PIN);
    assert.deepEqual(checkInShape.parse(said), said);
  });
  refusedInWords(() => {
    const { said } = readReport(signed, PIN);
    assert.deepEqual(reportShape.parse(said), said);
  });
};

/** An envelope as it came over the wire. */
const envelope = (text: string): void => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    assert(error instanceof SyntaxError);
    return;
  }
  const { data } = signedShape.safeParse(value);
  if (data !== undefined) look(data);
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const text = Buffer.from(bytes).toString('utf8');
  envelope(text);
  // Signed by whoever has a key: nothing but the shapes stands between it and the data base.
  look({ text, signature: sign(null, Buffer.from(text), KEY).toString('base64url') });
};
