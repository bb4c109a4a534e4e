import { COMPILED, compileTests } from './scripts/compile-tests.js';

await compileTests();

export default {
  files: ['test/**/*.test.ts', '!test/qemu/**', '!test/long/**'],
  typescript: { compile: false, rewritePaths: { 'test/': `${COMPILED}/test/` } },
  // Each file is a process of some seconds: compiling what is only warm, and marking in many threads, costs more than it saves there.
  nodeArguments: [
    '--enable-source-maps',
    '--interrupt-budget=2000000',
    '--min-semi-space-size=16',
    '--single-threaded-gc',
  ],
  workerThreads: false,
  concurrency: 2,
  timeout: '120s',
};
