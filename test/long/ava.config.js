import { COMPILED, compileTests } from '../../scripts/compile-tests.js';

await compileTests();

export default {
  files: ['test/long/**/*.test.ts'],
  typescript: { compile: false, rewritePaths: { 'test/': `${COMPILED}/test/` } },
  nodeArguments: ['--enable-source-maps'],
  workerThreads: false,
  concurrency: 1,
  timeout: '60m',
};
