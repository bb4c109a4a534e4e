/** What a port that cannot be had is called by the service that wanted it. */
import { NacreError } from '../../errors.ts';
import { findPortOwner } from './port-owner.ts';

/** Which family of codes a service has for its ports. */
export type PortArea = 'PXE' | 'MANAGER';

/** The error for a port that cannot be had (`…_PORT_DENIED`, `…_PORT_TAKEN`); other errors as they are. */
export const portError = async (
  cause: unknown,
  protocol: 'udp' | 'tcp',
  port: number,
  area: PortArea = 'PXE',
): Promise<unknown> => {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EACCES') {
    return new NacreError(`${area}_PORT_DENIED`, { protocol, port }, { cause });
  }
  if (code !== 'EADDRINUSE') return cause;
  const owner = await findPortOwner(protocol, port);
  const text = owner === undefined ? '?' : `${owner.program} (pid ${owner.pid})`;
  return new NacreError(`${area}_PORT_TAKEN`, { protocol, port, owner: text }, { cause });
};
