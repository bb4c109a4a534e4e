/** The manager for a network boot service: each word on a connection of its own, its pin checked before anything is sent. */
import {
  NETWORK_BOOT_PATH,
  networkOrderState,
  networkPolicy,
  sightingsTaken,
} from '../../job/network-boot-protocol.ts';
import type { ManagerLink } from '../../pxe/bridge/manager-link.ts';
import { ManagerClient } from '../manager/client.ts';
import type { ManagerAddress } from '../manager/connection.ts';

const NOT_MODIFIED = 304;

export const makeManagerLink = (address: ManagerAddress, token: string): ManagerLink => {
  const client = (signal: AbortSignal): ManagerClient => new ManagerClient(address, token, signal);
  return {
    server: address.server,
    policy: async (revision, waitSeconds, signal) => {
      const path = `${NETWORK_BOOT_PATH}/policy`;
      const headers = revision === undefined ? {} : { 'if-none-match': `"${revision}"` };
      const query = { wait: String(waitSeconds) };
      const asked = client(signal);
      const answer = await asked.answer({ method: 'GET', path, query, headers });
      return answer.status === NOT_MODIFIED ? undefined : asked.read(path, answer, networkPolicy);
    },
    tellSeen: async (seen, signal) => {
      const path = `${NETWORK_BOOT_PATH}/sightings`;
      await client(signal).ask({ method: 'POST', path, body: { seen } }, sightingsTaken);
    },
    tellOrder: async (id, event, signal) => {
      const path = `${NETWORK_BOOT_PATH}/orders/${id}`;
      await client(signal).ask({ method: 'POST', path, body: event }, networkOrderState);
    },
  };
};
