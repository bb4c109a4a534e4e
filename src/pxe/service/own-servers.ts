/** We, as devices see us: at the address on their own wire, else at the one that they reached. */
import { isInNetwork, parseIpv4 } from '../../codec/ipv4.ts';
import type { RequestEnds } from '../../job/serving/http-handler.ts';
import { networkOfInterface } from '../dhcp/lease-range.ts';
import type { BootServer } from '../files/boot-server.ts';
import type { ServedInterface } from '../interfaces.ts';

type Ends = Pick<RequestEnds, 'address'> & Partial<RequestEnds>;

/** Addresses and ports of one service. Ports are set when they are open, and are the same at each address. */
export class OwnServers {
  readonly #interfaces: readonly ServedInterface[];
  readonly #pin: string;
  httpPort: number | undefined;
  httpsPort: number | undefined;

  /** @param interfaces at least one */
  constructor(interfaces: readonly ServedInterface[], pin: string) {
    this.#interfaces = interfaces;
    this.#pin = pin;
  }

  /** At one of our addresses. @throws TypeError before the ports are open */
  at(address: string): BootServer {
    const { httpPort, httpsPort } = this;
    if (httpPort === undefined || httpsPort === undefined)
      throw new TypeError('the ports are not open yet');
    return { address, httpPort, merlin: `https://${address}:${httpsPort}`, pin: this.#pin };
  }

  /** For a request. */
  for({ address, localAddress }: Ends): BootServer {
    const reached = this.#interfaces.find((one) => one.address === localAddress);
    const client = parseIpv4(address);
    const near =
      client === undefined
        ? undefined
        : this.#interfaces.find((one) => isInNetwork(networkOfInterface(one), client));
    const found = reached ?? near ?? this.#interfaces[0];
    if (found === undefined) throw new TypeError('no interface is served');
    return this.at(found.address);
  }
}
