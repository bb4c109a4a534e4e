/** Guest boots: one at a time, each up to two minutes under TCG, longer beside other work; `npx ava --config test/qemu/ava.config.js`. */
export default {
  files: ['test/qemu/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  concurrency: 1,
  serial: true,
  timeout: '600s',
};
