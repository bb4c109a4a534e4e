export default {
  files: ['test/**/*.test.ts', '!test/qemu/**', '!test/long/**'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  concurrency: 2,
  timeout: '120s',
};
