import test from 'ava';
import { createRsp, createRspBytes } from '../../src/codec/rsp-create.ts';
import {
  isAutogenic,
  makeAutogenic,
  parseRsp,
  serializeRsp,
  settingOf,
  stepsOf,
} from '../../src/codec/rsp-script.ts';
import type { RspEncoding } from '../../src/codec/rsp-text.ts';
import { isNacreError } from '../../src/errors.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, isLittle: boolean): Uint8Array => {
  const little = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isLittle ? little : little.swap16();
};

const SCRIPT = [
  '; a package for lab PCs',
  '',
  '[Version]',
  'Number=WES7-0042          ; identity',
  'Description = "Lab; with semicolon" ; note',
  'OS=WES7',
  'Category=Images',
  'Imagesize=8192',
  '[Script]',
  '\t; steps',
  'CO "WES7"',
  'LU "Updating, do not switch off"',
  'SF "payload\\setup.exe" "C:\\Temp\\setup.exe"',
  'EX "C:\\Temp\\setup.exe /S"',
  'SV* "HKLM\\Software\\X" "1" "" REG_DWORD',
  'DF C:\\Temp\\setup.exe',
  'RB',
  '',
].join('\r\n');

const failure = (text: string | Uint8Array): string => {
  try {
    parseRsp(typeof text === 'string' ? ascii(text) : text, 'x.rsp');
  } catch (error) {
    if (!isNacreError(error)) throw error;
    const { line, column } = error.facts;
    return `${error.code} ${line}:${column}`;
  }
  return 'none';
};

const WHOLE = '[Version]\nNumber=1\n[Script]\n';

test('a script gives its settings and steps in order', (t) => {
  const document = parseRsp(ascii(SCRIPT));
  t.is(document.encoding, 'utf-8');
  t.is(settingOf(document, 'Number'), 'WES7-0042');
  t.is(settingOf(document, 'Description'), 'Lab; with semicolon');
  t.is(settingOf(document, 'Imagesize'), '8192');
  t.deepEqual(
    stepsOf(document).map((step) => step.opcode),
    ['CO', 'LU', 'SF', 'EX', 'SV', 'DF', 'RB'],
  );
  t.deepEqual(stepsOf(document)[4], {
    opcode: 'SV',
    isStarred: true,
    arguments: ['HKLM\\Software\\X', '1', '', 'REG_DWORD'],
  });
  t.is(settingOf(parseRsp(ascii(WHOLE)), 'OS'), undefined);
});

const ROUND_TRIPS: readonly (readonly [string, Uint8Array, RspEncoding])[] = [
  ['ASCII with CR LF', ascii(SCRIPT), 'utf-8'],
  ['line feeds only', ascii(SCRIPT.replaceAll('\r', '')), 'utf-8'],
  ['mixed line ends and no last one', ascii(`${WHOLE}  rb  ; end\r\nBI`), 'utf-8'],
  ['UTF-8', ascii(`${WHOLE}LU "更新中"\n`), 'utf-8'],
  ['UTF-8 with a mark', ascii(`\ufeff${WHOLE}`), 'utf-8-bom'],
  ['UTF-16 little-endian', utf16(`${WHOLE}LU "更新中"\r\n`, true), 'utf-16le'],
  ['UTF-16 big-endian', utf16(`${WHOLE}LU "更新中"\r\n`, false), 'utf-16be'],
  [
    'Shift_JIS with a trail byte that looks like a bracket',
    Uint8Array.of(...ascii(`${WHOLE}LU "`), 0x83, 0x5b, 0x83, 0x5c, ...ascii('"\r\n')),
    'shift_jis',
  ],
];

for (const [title, bytes, encoding] of ROUND_TRIPS) {
  test(`a script in ${title} is written back bit for bit`, (t) => {
    const document = parseRsp(bytes);
    t.is(document.encoding, encoding);
    t.deepEqual(Buffer.from(serializeRsp(document)), Buffer.from(bytes));
  });
}

test('Shift_JIS text is read as what it says', (t) => {
  const bytes = Uint8Array.of(...ascii('[Version]\nNumber=1\nDescription='), 0x83, 0x5c, 10);
  const document = parseRsp(Uint8Array.of(...bytes, ...ascii('[Script]')));
  t.is(settingOf(document, 'Description'), 'ソ');
});

const REFUSED: readonly (readonly [string, string | Uint8Array, string])[] = [
  ['an unknown section', '[Version]\nNumber=1\n[Files]\n', 'RSP_SYNTAX 3:1'],
  ['a section without its bracket', '[Version\n', 'RSP_SYNTAX 1:1'],
  ['text after a section', '[Version] x\n', 'RSP_SYNTAX 1:11'],
  ['a second section of one name', `${WHOLE}[script]\n`, 'RSP_SYNTAX 4:1'],
  ['[Script] before [Version]', '[Script]\n[Version]\n', 'RSP_SYNTAX 1:1'],
  ['text before the first section', 'Number=1\n', 'RSP_SYNTAX 1:1'],
  ['an unknown key', '[Version]\n  Numbers=1\n', 'RSP_SYNTAX 2:3'],
  ['a key without a value', '[Version]\nNumber\n', 'RSP_SYNTAX 2:1'],
  ['a repeated key', '[Version]\nNumber=1\nnumber=2\n', 'RSP_SYNTAX 3:1'],
  ['an empty Number', '[Version]\nNumber=\n', 'RSP_SYNTAX 2:8'],
  ['a Number of 65 characters', `[Version]\nNumber=${'9'.repeat(65)}\n`, 'RSP_SYNTAX 2:8'],
  ['an Imagesize that is no number', '[Version]\nImagesize=8 GB\n', 'RSP_SYNTAX 2:11'],
  ['an Imagesize beyond any device', '[Version]\nImagesize=9999999999\n', 'RSP_SYNTAX 2:11'],
  ['text after a quoted value', '[Version]\nOS="a" b\n', 'RSP_SYNTAX 2:8'],
  ['an unknown opcode', `${WHOLE}RB\n  CF "x"\n`, 'RSP_SYNTAX 5:3'],
  ['a quote that is not closed', `${WHOLE}EX "setup.exe\n`, 'RSP_SYNTAX 4:4'],
  ['a quote in a bare argument', `${WHOLE}EX a"b"\n`, 'RSP_SYNTAX 4:4'],
  ['two arguments without a blank', `${WHOLE}SF "a""b"\n`, 'RSP_SYNTAX 4:4'],
  ['too few arguments', `${WHOLE}SF "a"\n`, 'RSP_SYNTAX 4:1'],
  ['too many arguments', `${WHOLE}RB now\n`, 'RSP_SYNTAX 4:1'],
  ['an unknown tag', `${WHOLE}<Backup>\n`, 'RSP_SYNTAX 4:1'],
  ['a tag that is not closed', `${WHOLE}<BackupImage\n`, 'RSP_SYNTAX 4:1'],
  ['a second tag', `${WHOLE}<BackupImage>\n<backupimage>\n`, 'RSP_SYNTAX 5:1'],
  ['a NUL', `${WHOLE}LU "a\0b"\n`, 'RSP_SYNTAX 4:6'],
  ['a carriage return alone', '[Version]\rNumber=1\n', 'RSP_SYNTAX 1:10'],
  ['no Number', '[Version]\n[Script]\n', 'RSP_SYNTAX 3:1'],
  ['no [Script]', '[Version]\nNumber=1', 'RSP_SYNTAX 3:1'],
  ['nothing at all', '', 'RSP_SYNTAX 1:1'],
  [
    'bytes of no known encoding',
    Uint8Array.of(...ascii(WHOLE), 0x81, 0x20, 0xff, 0xff),
    'RSP_SYNTAX 4:1',
  ],
  ['half a UTF-16 unit', utf16(WHOLE, true).subarray(0, 9), 'RSP_SYNTAX 1:1'],
  ['more than 1 MiB', ' '.repeat((1 << 20) + 1), 'RSP_TOO_LARGE undefined:undefined'],
];

for (const [title, text, expected] of REFUSED) {
  test(`${title} is refused with its line and column`, (t) => t.is(failure(text), expected));
}

test('every truncation of a script is read or refused with a place', (t) => {
  const bytes = ascii(SCRIPT);
  for (let length = 0; length < bytes.length; length += 1) {
    t.regex(failure(bytes.subarray(0, length)), /^(none|RSP_SYNTAX \d+:\d+)$/);
  }
});

test('a script becomes autogenic by one tag, once', (t) => {
  const plain = parseRsp(ascii(SCRIPT));
  t.false(isAutogenic(plain));
  const tagged = makeAutogenic(plain);
  t.true(isAutogenic(tagged));
  t.is(makeAutogenic(tagged), tagged);
  const text = Buffer.from(serializeRsp(tagged)).toString();
  t.is(text, SCRIPT.replace('[Script]\r\n', '[Script]\r\n<BackupImage>\r\n'));
  t.true(isAutogenic(parseRsp(serializeRsp(tagged))));
});

test('the tag is added after a last line without its end, in the encoding of the script', (t) => {
  const end = '[Version]\nNumber=1\n[Script]';
  const added = serializeRsp(makeAutogenic(parseRsp(utf16(end, false))));
  t.is(Buffer.from(added).swap16().toString('utf16le'), `\ufeff${end}\n<BackupImage>\n`);
  const single = '[Version]\r\nNumber=1\r\n[Script] ;';
  const bytes = Uint8Array.of(...ascii(single), 0x83, 0x5c);
  t.true(isAutogenic(parseRsp(serializeRsp(makeAutogenic(parseRsp(bytes))))));
});

test('a created script reads back as planned', (t) => {
  const plan = {
    settings: { Number: 'lab-1', Description: ' a ; b', OS: '日本', Imagesize: '64' },
    isAutogenic: true,
    steps: [{ opcode: 'SF', isStarred: false, arguments: ['lab-1\\disk.raw.zst', 'disk'] }],
  } as const;
  const document = parseRsp(createRspBytes(plan));
  t.is(document.encoding, 'utf-8-bom');
  t.true(isAutogenic(document));
  t.is(settingOf(document, 'Description'), ' a ; b');
  t.deepEqual(stepsOf(document), plan.steps);
});

test('text that would not read back is not written', (t) => {
  const plan = { settings: { Number: '1' }, isAutogenic: false, steps: [] };
  const unwritable = [
    { ...plan, settings: { Number: '1', Description: ' a " b ' } },
    { ...plan, settings: { Number: '1', Description: 'a\r\nOS=x' } },
    { ...plan, settings: { Number: '1', Description: '"quoted"' } },
    { ...plan, steps: [{ opcode: 'EX', isStarred: false, arguments: ['a" "b'] } as const] },
    { ...plan, steps: [{ opcode: 'SV', isStarred: false, arguments: ['a', 'b" "c'] } as const] },
  ];
  for (const bad of unwritable) {
    const error = t.throws(() => createRsp(bad));
    t.true(isNacreError(error));
  }
});
