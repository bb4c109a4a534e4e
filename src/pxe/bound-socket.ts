/** UDP sockets on ports of their own, with errors that say who has a port or what right is missing. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { portError } from '../job/serving/port-error.ts';

export interface SocketWish {
  /** 0 for any. */
  readonly port: number;
  /** One of our addresses, or `0.0.0.0` for all of them and for broadcasts. */
  readonly address: string;
  /** Other sockets that wish it too may have the port at the same time. */
  readonly isShared?: boolean;
  readonly canBroadcast?: boolean;
  readonly receiveBufferBytes?: number;
}

/** Closes a socket and waits for it; one that is closed already is left alone. */
export const closeSocket = async (socket: Socket): Promise<void> => {
  try {
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  } catch (reason) {
    const isClosed =
      reason instanceof Error && 'code' in reason && reason.code === 'ERR_SOCKET_DGRAM_NOT_RUNNING';
    if (!isClosed) throw reason;
  }
};

/** Opens a socket. @throws NacreError PXE_PORT_TAKEN, PXE_PORT_DENIED */
export const openSocket = async (wish: SocketWish): Promise<Socket> => {
  const { port, address, isShared = false, canBroadcast = false, receiveBufferBytes } = wish;
  const socket = createSocket({
    type: 'udp4',
    reuseAddr: isShared,
    ...(receiveBufferBytes === undefined ? {} : { recvBufferSize: receiveBufferBytes }),
  });
  try {
    const listening = once(socket, 'listening');
    socket.bind({ port, address, exclusive: true });
    await listening;
    socket.setBroadcast(canBroadcast);
    return socket;
  } catch (cause) {
    await closeSocket(socket);
    throw await portError(cause, 'udp', port);
  }
};
