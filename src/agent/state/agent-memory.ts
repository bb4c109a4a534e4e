/** The state of a running agent: changed one change at a time, and stored before whoever changes it goes on. */
import { NacreError } from '../../errors.ts';
import type { AgentFiles } from './agent-files.ts';
import { type AgentState, readAgentState, writeAgentState } from './agent-state.ts';

export class AgentMemory {
  readonly files: AgentFiles;
  #state: AgentState;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(files: AgentFiles, state: AgentState) {
    this.files = files;
    this.#state = state;
  }

  /** @throws NacreError AGENT_NOT_ENROLLED, AGENT_STATE_DAMAGED */
  static async open(files: AgentFiles): Promise<AgentMemory> {
    const state = await readAgentState(files);
    if (state !== undefined) return new AgentMemory(files, state);
    throw new NacreError('AGENT_NOT_ENROLLED', { folder: files.folder });
  }

  get state(): AgentState {
    return this.#state;
  }

  /**
   * Changes what it is told; what was not stored is not remembered either.
   *
   * @param change what is new, or what makes it of the state as it is then
   */
  change(
    change: Partial<AgentState> | ((state: AgentState) => Partial<AgentState>),
  ): Promise<void> {
    const done = this.#last.then(async () => {
      const made = typeof change === 'function' ? change(this.#state) : change;
      const next = { ...this.#state, ...made };
      await writeAgentState(this.files, next);
      this.#state = next;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
