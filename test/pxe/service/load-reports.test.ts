import test from 'ava';
import type { AnsweredRequest } from '../../../src/job/serving/http-handler.ts';
import {
  loadOfRequest,
  loadOfTransfer,
  scriptDeviceOf,
} from '../../../src/pxe/service/load-reports.ts';

const answered = (more: Partial<AnsweredRequest>): AnsweredRequest => ({
  ...{ address: '10.77.0.9', localAddress: '10.77.0.1', localPort: 80, method: 'GET' },
  ...{ path: '/vmlinuz', status: 200, sentBytes: 7, isWhole: true, seconds: 0 },
  ...more,
});

for (const [title, more, expected] of [
  ['a file that was sent', {}, 'vmlinuz 7 done false'],
  ['an address in full', { path: 'http://10.77.0.1:80/vmlinuz' }, 'vmlinuz 7 done false'],
  ['one that broke off', { isWhole: false, sentBytes: 0 }, 'vmlinuz 0 broken-off false'],
  ['one that is not there', { status: 404, sentBytes: 0 }, 'vmlinuz 0 not-found false'],
  ['a range', { status: 206 }, 'vmlinuz 7 done true'],
  ['a file of the store', { path: '/store/packs/1' }, 'store 7 done true'],
  ['one that the store lacks', { path: '/store/packs/1', status: 404 }, undefined],
  ['a question for a size', { method: 'HEAD', sentBytes: 0 }, undefined],
  ['a request that was refused', { status: 400, sentBytes: 0 }, undefined],
] as const)
  test(`by HTTP: ${title}`, (t) => {
    const report = loadOfRequest(answered(more));
    const found =
      report && `${report.load.file} ${report.load.bytes} ${report.load.end} ${report.isPiece}`;
    t.is(found, expected);
  });

test('a script names its device, other files do not', (t) => {
  const path = '/boot/ipxe/52-54-00-12-34-56';
  t.is(scriptDeviceOf(answered({ path })), '52:54:00:12:34:56');
  t.is(
    scriptDeviceOf(answered({ path: `${path}/11112222-3333-4444-5555-666677778888` })),
    '52:54:00:12:34:56',
  );
  t.is(scriptDeviceOf(answered({ path: `${path}99` })), undefined);
  t.is(scriptDeviceOf(answered({})), undefined);
});

test('a transfer by TFTP is a load with its outcome, a question for a size is none', (t) => {
  const transfer = { address: '10.77.0.9', file: 'snponly.efi', reason: undefined } as const;
  const rest = { bytes: 9, resentBlocks: 0, seconds: 1 };
  t.like(loadOfTransfer({ ...transfer, ...rest, outcome: 'timed-out' }), {
    load: { protocol: 'tftp', file: 'snponly.efi', bytes: 9, end: 'timed-out' },
  });
  t.is(loadOfTransfer({ ...transfer, ...rest, outcome: 'probe' }), undefined);
});
