import os from 'node:os';
import test from 'ava';
import { makeManagerLink } from '../../../src/cli/pxe/manager-link.ts';
import { merlinPortBeside } from '../../../src/cli/pxe/policy-choice.ts';

const source = (server: string) => ({
  kind: 'manager' as const,
  link: makeManagerLink({ server, pin: undefined }, 'token'),
  trust: { kind: 'unsigned' as const },
});

test('beside a manager on this machine Merlin has the next port, and the usual one anywhere else', (t) => {
  for (const host of ['localhost', '127.0.0.1', '[::1]', os.hostname()])
    t.is(merlinPortBeside(source(`https://${host}:30806`)), host === '[::1]' ? ipv6Port() : 30_807);
  t.is(merlinPortBeside(source('https://manager.example:30806')), undefined);
  t.is(merlinPortBeside(source('https://localhost:8443')), undefined);
  t.is(merlinPortBeside({ kind: 'file', file: 'pxe.toml' }), undefined);
});

/** Where the machine has no IPv6 nobody is there. */
const ipv6Port = (): number | undefined =>
  Object.values(os.networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  )
    ? 30_807
    : undefined;
