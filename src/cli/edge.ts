/** What the command line touches of its process; everything else is given this and reads no globals. */

export interface Edge {
  /** Arguments after the name of the program. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly isRoot: boolean;
  readonly homeDirectory: string;
  /** Milliseconds that only rise. */
  readonly now: () => number;
  /** Calls `listener` at SIGINT or SIGTERM until the function it returns is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Ends the process without waiting for anything. */
  readonly exit: (code: number) => never;
}
