import { COMPILED, compileTests } from './scripts/compile-tests.js';

await compileTests();

export default {
  files: ['test/**/*.test.ts', '!test/qemu/**', '!test/long/**'],
  typescript: { compile: false, rewritePaths: { 'test/': `${COMPILED}/test/` } },
  nodeArguments: ['--enable-source-maps'],
  workerThreads: false,
  concurrency: 2,
  timeout: '120s',
};
