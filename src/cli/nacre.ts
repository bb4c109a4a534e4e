/** The bundle of all commands: `start` is the program, `run` is for programs that run command lines themselves. */
import { processEdge } from './process-edge.ts';
import { run } from './program.ts';

export { run };

/** Hands this process to the command line and ends with the exit code of that. */
export const start = (): void => {
  // A bundle in the form that Node starts quickest (CommonJS) has no `await` of its own.
  void run(processEdge()).then((exitCode) => {
    process.exitCode = exitCode;
  });
};
