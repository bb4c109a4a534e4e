/** `nacre device ignored`, `ignore` and `count`: values that many devices share. */
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatTable } from '../format.ts';
import type { Phrase } from '../language.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';

const shapes = () => import('../../manager/http/shapes/ignored-hints.ts');

const HINTS = ['mac', 'uuid', 'serial', 'disk-serial'];

/** As the API names it. @throws NacreError CLI_BAD_VALUE */
const hintOf = (call: Call): { readonly hint: string; readonly value: string } => {
  const word = call.parameter(0);
  if (!HINTS.includes(word))
    throw new NacreError('CLI_BAD_VALUE', {
      ...{ what: 'HINT', value: word, expected: HINTS.join(' | ') },
    });
  return { hint: word === 'disk-serial' ? 'diskSerial' : word, value: call.parameter(1) };
};

const list = async (call: Call): Promise<Outcome> => {
  const { ignoredHintPage } = await shapes();
  const client = await openClient(call);
  const hints = await client.list('/ignored-hints', ignoredHintPage.shape.items.element);
  const titles: readonly Phrase[] = [
    { en: 'what', ja: '種類' },
    { en: 'value', ja: '値' },
    { en: 'note', ja: 'メモ' },
  ];
  const columns = titles.map((title) => ({ title: title[call.session.language] }));
  const rows = hints.map(({ hint, value, note }) => [
    hint === 'diskSerial' ? 'disk-serial' : hint,
    value,
    note,
  ]);
  return { json: { hints }, text: formatTable(columns, rows) };
};

const ignore = async (call: Call): Promise<Outcome> => {
  const { ignoredNow } = await shapes();
  const body = { ...hintOf(call), note: call.text('note') ?? '' };
  const client = await openClient(call);
  const found = await client.ask({ method: 'POST', path: '/ignored-hints', body }, ignoredNow);
  const text = call.session.text({
    en: `conflicts of ${found.devices} devices are gone\n`,
    ja: `端末 ${found.devices} 台の重複を解消しました\n`,
  });
  return { json: { ...body, ...found }, text };
};

const count = async (call: Call): Promise<Outcome> => {
  const hint = hintOf(call);
  const query = new URLSearchParams({ ...hint });
  await (await openClient(call)).tell({ method: 'DELETE', path: `/ignored-hints?${query}` });
  return { json: hint, text: '' };
};

const WHAT: Phrase = {
  en: 'HINT is mac, uuid, serial or disk-serial.',
  ja: 'HINT は mac、uuid、serial、disk-serial のいずれかです。',
};

export const HINT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'ignored',
    summary: {
      en: 'values that many devices share, and that tell none from another',
      ja: '端末の区別に使わない値の一覧',
    },
    options: [...CLIENT_OPTIONS],
    example: 'nacre device ignored',
    run: list,
  },
  {
    name: 'ignore',
    parameters: '<HINT> <VALUE>',
    summary: {
      en: 'let a value tell no device from another',
      ja: '値を端末の区別に使わない',
    },
    details: {
      en: `For a dock or an adapter that goes from desk to desk, and boards that all say the same. A device that only it names is not known any more when it starts from the network. ${WHAT.en}`,
      ja: `机から机へ移るドックやアダプター、同じ値を名乗る基板に使います。その値だけで識別していた端末は、ネットワーク起動時に識別できなくなります。${WHAT.ja}`,
    },
    options: [{ flags: '--note <TEXT>', text: { en: 'a note', ja: 'メモ' } }, ...CLIENT_OPTIONS],
    example: 'nacre device ignore mac 52:54:00:12:34:56 --note "dock of meeting room 2"',
    run: ignore,
  },
  {
    name: 'count',
    parameters: '<HINT> <VALUE>',
    summary: { en: 'let a value count again', ja: '値を再び区別に使う' },
    details: WHAT,
    options: [...CLIENT_OPTIONS],
    example: 'nacre device count mac 52:54:00:12:34:56',
    run: count,
  },
];
