/** A fact about the console, looked at in a browser that other facts use too. */
import type { ExecutionContext } from 'ava';
import type { ConsoleLab } from '../../helpers/console-lab.ts';

export interface Case {
  readonly title: string;
  readonly look: (t: ExecutionContext, lab: ConsoleLab) => Promise<void>;
}
