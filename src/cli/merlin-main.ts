/**
 * What PID 1 of the boot environment starts: `nacre merlin` alone. Of the time until Merlin's first line two thirds went
 * into reading the other commands and the parser of the command line.
 */
import { MERLIN } from './commands/merlin.ts';
import { processEdge } from './process-edge.ts';
import { runAlone } from './run-command.ts';

// A bundle in the form that Node starts quickest (CommonJS) has no `await` of its own.
void runAlone(processEdge(), MERLIN).then((exitCode) => {
  process.exitCode = exitCode;
});
