/** A way between a client and a server that counts the bytes which go up, and is cut at a count. */
import { once } from 'node:events';
import net from 'node:net';
import type { Owner } from './temporary-folder.ts';

export interface CuttingRelay {
  readonly port: number;
  /** Bytes that went to the server so far. */
  readonly upBytes: () => number;
  /** Ends all connections when so many more bytes have gone up, and calls `then`; later ones are let through. */
  readonly cutAfter: (bytes: number, then?: () => void) => void;
  /** Cuts that happened. */
  readonly cuts: () => number;
}

/** A relay to a port of this machine that ends with the test. */
export const startCuttingRelay = async (t: Owner, target: number): Promise<CuttingRelay> => {
  const open = new Set<net.Socket>();
  let [up, cuts] = [0, 0];
  let cut: { readonly at: number; readonly then: (() => void) | undefined } | undefined;
  const cutNow = (): void => {
    const { then } = cut ?? {};
    cut = undefined;
    cuts += 1;
    for (const socket of open) socket.destroy();
    then?.();
  };
  const join = (client: net.Socket): void => {
    const server = net.connect(target, '127.0.0.1');
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (part) => {
      up += part.length;
      server.write(part);
      if (cut !== undefined && up >= cut.at) cutNow();
    });
    server.pipe(client);
  };
  const relay = net.createServer(join).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    relay.close();
  });
  const place = relay.address();
  return {
    port: typeof place === 'object' && place !== null ? place.port : 0,
    upBytes: () => up,
    cutAfter: (bytes, then) => {
      cut = { at: up + bytes, then };
    },
    cuts: () => cuts,
  };
};
