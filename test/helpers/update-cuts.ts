/** An update whose upload can be cut. */
import type { ExecutionContext } from 'ava';
import { sendUpdate } from '../../src/agent/update/send-update.ts';
import { startCuttingRelay } from './cutting-relay.ts';
import { changeNoise, openUpdateLab, terminalDisk } from './update-lab.ts';

export const CHANGED_MIB = 10;

/** An update that was started, with 10 MiB of noise to send. */
export const openCuts = async (t: ExecutionContext) => {
  const { lab, manager } = await openUpdateLab(t);
  const path = terminalDisk(lab, 'a.img');
  const { id: base } = await lab.capture(path, { name: 'lab-pc' });
  changeNoise(path, 'changed', CHANGED_MIB);
  const relay = await startCuttingRelay(t, manager.service.port);
  const body = { image: 'lab-pc', base, terminal: 'PC-1' };
  const { json } = await manager.admin('POST', '/api/v1/updates', { body });
  const id = String(json['id']);
  const url = `https://127.0.0.1:${relay.port}`;
  const pin = manager.service.pin.replace('sha256:', '');
  const tokenOf = async (): Promise<string> => {
    const where = `/api/v1/updates/${id}/finish`;
    return String((await manager.admin('POST', where, { body: {} })).json['token']);
  };
  return {
    ...{ lab, manager, relay, path, id, base, tokenOf },
    send: async (token: string, signal?: AbortSignal) =>
      sendUpdate({
        ...{ update: { id, base, manager: { url, pin } }, token, path, signal },
        ...{ creator: 'test', knownLimitBytes: 2 ** 24 },
      }),
    /** Bytes of pieces that arrived whole. */
    received: async (): Promise<number> => {
      const { text } = await manager.admin('GET', '/metrics');
      return Number(/^nacre_update_received_bytes_total (\d+)$/m.exec(text)?.[1]);
    },
  };
};
