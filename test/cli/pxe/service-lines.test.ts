import test from 'ava';
import { sentenceOf } from '../../../src/cli/pxe/service-lines.ts';

const MAC = '52:54:00:12:34:56';

for (const [title, line, en, ja] of [
  [
    'an answer',
    {
      msg: 'network boot answered',
      mac: MAC,
      file: 'undionly.kpxe',
      transport: 'tftp',
      reason: 'nothing-to-do',
    },
    `${MAC} is told to load undionly.kpxe by tftp: nothing to do`,
    `${MAC} に undionly.kpxe(tftp)を案内: 処理なし`,
  ],
  [
    'an answer that cannot be sent',
    {
      msg: 'network boot cannot be answered',
      mac: MAC,
      reason: 'policy-merlin',
      silence: 'answer-too-long',
    },
    `${MAC} cannot be answered: the policy says Merlin; the answer would be too long`,
    `${MAC} に応答できない: ポリシーの指定: Merlin; 応答が長すぎる`,
  ],
  [
    'a finding',
    { msg: 'network looked at', finding: 'no-dhcp-server', interface: 'eth0' },
    'eth0: nobody gives addresses. Connect a DHCP server, or use --dhcp RANGE on an isolated network.',
    'eth0: アドレスを配布するサーバーがありません。DHCP サーバーを接続するか、独立したネットワークなら --dhcp RANGE を使ってください。',
  ],
  [
    'a size',
    { msg: 'http file sent', address: '10.77.0.9', file: 'vmlinuz', bytes: 8_222_656, end: 'done' },
    '10.77.0.9 loaded vmlinuz by HTTP: 7.84 MiB, done',
    '10.77.0.9 が vmlinuz を HTTP で読み込み: 7.84 MiB、done',
  ],
  [
    'an error of ours',
    {
      msg: 'file not usable, what was read before stays in force',
      file: '/p',
      err: { code: 'BOOT_FILES_MISSING', facts: { folder: '/b' }, message: 'x' },
    },
    'file not usable, what was read before stays in force (file /p): /b holds no boot environment Run "nacre boot build --out /b".',
    /^file not usable.*\/b .*[ぁ-ん]/,
  ],
  [
    'an error of others',
    { msg: 'failed', err: { message: 'no room' } },
    'failed: no room',
    'failed: no room',
  ],
  [
    'anything else',
    { msg: 'tftp socket failed', level: 30, time: 1, port: 69 },
    'tftp socket failed (port 69)',
    'tftp socket failed (port 69)',
  ],
] as const)
  test(`${title} is a sentence in both languages`, (t) => {
    t.is(sentenceOf(line, 'en'), en);
    if (typeof ja === 'string') t.is(sentenceOf(line, 'ja'), ja);
    else t.regex(sentenceOf(line, 'ja'), ja);
  });
