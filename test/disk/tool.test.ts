import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { NacreError } from '../../src/errors.ts';

test('output and exit code of a program come back', async (t) => {
  const result = await runTool('sh', ['-c', 'cat; echo warning >&2; exit 3'], {
    accept: [3],
    input: 'text',
  });
  t.deepEqual(result, { exitCode: 3, stdout: 'text', stderr: 'warning' });
});

test('an unexpected exit code is TOOL_FAILED with the last line', async (t) => {
  const error = await t.throwsAsync(runTool('sh', ['-c', 'echo first; echo last >&2; exit 7']), {
    instanceOf: NacreError,
  });
  t.is(error?.code, 'TOOL_FAILED');
  t.is(error?.message, 'sh ended with exit code 7: last');
});

test('a missing program is TOOL_MISSING', async (t) => {
  const error = await t.throwsAsync(runTool('nacre-no-such-program', []), {
    instanceOf: NacreError,
  });
  t.is(error?.code, 'TOOL_MISSING');
});

test('a program that ignores its input does not fail by the broken pipe', async (t) => {
  const result = await runTool('true', [], { input: 'x'.repeat(1 << 20) });
  t.is(result.exitCode, 0);
});

test('an aborted program rejects', async (t) => {
  await t.throwsAsync(runTool('sleep', ['60'], { signal: AbortSignal.timeout(50) }), {
    name: 'AbortError',
  });
});
