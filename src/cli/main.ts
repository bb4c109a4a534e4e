#!/usr/bin/env node
/** The program `nacre`: hands its process to the command line and ends with the exit code of that. */
import { processEdge } from './process-edge.ts';
import { run } from './program.ts';

process.exitCode = await run(processEdge());
