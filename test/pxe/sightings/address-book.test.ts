import test from 'ava';
import { AddressBook, parseNeighbours } from '../../../src/pxe/sightings/address-book.ts';

const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.77.0.9        0x1         0x2         52:54:00:12:34:56     *        eth0
10.77.0.10       0x1         0x0         00:00:00:00:00:00     *        eth0
10.77.0.11       0x1         0x6         52:54:00:00:00:11     *        eth1
`;

test('neighbours that answered are in the table, others are not', (t) => {
  t.deepEqual(
    [...parseNeighbours(TABLE)],
    [
      ['10.77.0.9', '52:54:00:12:34:56'],
      ['10.77.0.11', '52:54:00:00:00:11'],
    ],
  );
  t.is(parseNeighbours('').size, 0);
  t.is(parseNeighbours('rubbish\n\u0000').size, 0);
});

test('the kernel comes before what a device says of itself', async (t) => {
  const book = new AddressBook({ readTable: async () => TABLE });
  book.note('10.77.0.9', '52:54:00:00:00:66');
  book.note('10.88.0.1', '52:54:00:00:00:88');
  t.is(await book.find('10.77.0.9'), '52:54:00:12:34:56');
  t.is(await book.find('10.88.0.1'), '52:54:00:00:00:88');
  t.is(await book.find('10.77.0.10'), undefined);
});

test('the table is read again when it is old', async (t) => {
  let nowMs = 0;
  let reads = 0;
  const readTable = async (): Promise<string> => {
    reads += 1;
    return TABLE;
  };
  const book = new AddressBook({ readTable, now: () => nowMs });
  await Promise.all(Array.from({ length: 100 }, () => book.find('10.77.0.9')));
  t.is(reads, 1);
  nowMs = 600;
  await book.find('10.77.0.9');
  t.is(reads, 2);
});
