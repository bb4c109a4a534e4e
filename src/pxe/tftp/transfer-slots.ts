/** How many transfers may run at once, for each address and in all. */
export class TransferSlots {
  readonly #most: number;
  readonly #mostPerAddress: number;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(most: number, mostPerAddress: number) {
    this.#most = most;
    this.#mostPerAddress = mostPerAddress;
  }

  /** Takes a slot; false when there is none left for this address. */
  take(address: string): boolean {
    const taken = this.#taken.get(address) ?? 0;
    if (this.#count >= this.#most || taken >= this.#mostPerAddress) return false;
    this.#taken.set(address, taken + 1);
    this.#count++;
    return true;
  }

  /** Gives one back that was taken for this address. */
  release(address: string): void {
    const left = (this.#taken.get(address) ?? 1) - 1;
    if (left === 0) this.#taken.delete(address);
    else this.#taken.set(address, left);
    this.#count--;
  }
}
