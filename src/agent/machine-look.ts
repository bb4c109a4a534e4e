/** What is known of the machine: looked at anew when it may have changed, and never while somebody writes to its disk. */
import type { AgentWorld } from './agent-world.ts';
import type { DiskTurns } from './disk-turns.ts';
import { type MachineFacts, readMachineFacts } from './facts/check-in-facts.ts';
import type { AgentSettings } from './state/agent-settings.ts';

/** Sticks come and go; a machine changes little. */
const FRESH_MS = 3_600_000;

export interface MachineLookOptions {
  readonly settings: AgentSettings;
  readonly turns: DiskTurns;
  readonly world: Pick<AgentWorld, 'elapsedMs'>;
  readonly efiFolder: string;
  /** What reads it from the machine. */
  readonly read?: typeof readMachineFacts | undefined;
}

export class MachineLook {
  readonly #options: MachineLookOptions;
  #known: { readonly found: MachineFacts; readonly at: number } | undefined;
  #isStale = false;

  constructor(options: MachineLookOptions) {
    this.#options = options;
  }

  /** What was found last; undefined before the first look. */
  get found(): MachineFacts | undefined {
    return this.#known?.found;
  }

  /** What was found is of before something was written. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** Something was written: the next look is a new one. */
  forget(): void {
    this.#isStale = true;
  }

  async look(): Promise<MachineFacts> {
    const { settings, turns, world, efiFolder, read = readMachineFacts } = this.#options;
    const known = this.#known;
    const isFresh =
      known !== undefined && !this.#isStale && world.elapsedMs() - known.at < FRESH_MS;
    if (known !== undefined && (isFresh || turns.isBusy)) return known.found;
    return await turns.take(async () => {
      this.#isStale = false;
      const found = await read(settings, efiFolder);
      this.#known = { found, at: world.elapsedMs() };
      return found;
    });
  }
}
