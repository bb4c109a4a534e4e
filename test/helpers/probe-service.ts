/**
 * Looks for DHCP servers as a program of its own, for network namespaces. Each line of its input is a wish as JSON, each
 * line of its output the offers for it.
 */
import { createInterface } from 'node:readline';
import { probeRivals, type RivalProbeOptions, type Wait } from '../../src/pxe/dhcp/rival-probe.ts';

/** What is wanted of one probe. */
export interface ProbeWish extends Pick<RivalProbeOptions, 'address' | 'architectureTypes'> {
  /** Offers to each question; the next one is asked when they are there. */
  readonly expected: number;
}

const PATIENCE_MS = 30_000;
const CHECK_MS = 20;

const isWish = (value: unknown): value is ProbeWish =>
  typeof value === 'object' && value !== null && 'address' in value && 'expected' in value;

const probe = async ({ expected, ...wish }: ProbeWish): Promise<string> => {
  let count = 0;
  let asked = 0;
  const wait: Wait = (delayMs) =>
    new Promise((resolve) => {
      const started = performance.now();
      const timer = setInterval(() => {
        const isOver = performance.now() - started >= delayMs;
        if (!isOver && count < expected * Math.ceil((asked + 1) / 2)) return;
        asked += 1;
        clearInterval(timer);
        resolve();
      }, CHECK_MS);
    });
  const onOffer = (): void => {
    count += 1;
  };
  const waitMs = expected === 0 ? 0 : PATIENCE_MS;
  return JSON.stringify(await probeRivals({ ...wish, waitMs, wait, onOffer }));
};

for await (const line of createInterface({ input: process.stdin })) {
  const wish: unknown = JSON.parse(line);
  if (!isWish(wish)) throw new TypeError('probe-service: no wish');
  process.stdout.write(`offers ${await probe(wish)}\n`);
}
