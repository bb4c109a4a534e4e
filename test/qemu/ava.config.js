/** Guest boots: one at a time, each up to two minutes under TCG, longer beside other work; `npx ava --config test/qemu/ava.config.js`. */
import { COMPILED, compileTests } from '../../scripts/compile-tests.js';

await compileTests();

export default {
  files: ['test/qemu/**/*.test.ts'],
  typescript: { compile: false, rewritePaths: { 'test/': `${COMPILED}/test/` } },
  nodeArguments: ['--enable-source-maps'],
  workerThreads: false,
  concurrency: 1,
  serial: true,
  timeout: '600s',
};
