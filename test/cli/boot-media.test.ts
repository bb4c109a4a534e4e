import test from 'ava';
import { nacre } from '../helpers/nacre.ts';
import { makeBootFiles } from '../helpers/stand-in-boot-files.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('the command writes the medium from the boot environment of the machine', async (t) => {
  const folder = await temporaryFolder(t);
  await makeBootFiles(folder);
  const environment = { NACRE_BOOT: folder };
  const media = (...words: readonly string[]) =>
    nacre(['boot', 'media', ...words, '--json'], { environment, cwd: folder });
  const done = await media('--usb', 'usb.img', '--server', 'https://manager.example:30806');
  t.is(done.exitCode, 0, done.stdout);
  t.like(JSON.parse(done.stdout), { path: 'usb.img', kernel: '6.1' });
  t.is((await media('--usb', 'usb.img')).exitCode, 3);
  t.is((await media()).exitCode, 2);
  t.is((await media('--usb', 'new.img', '--iso', 'new.iso')).exitCode, 2);
  for (const server of ['http://manager.example', "https://a'b", 'https://user:pw@x', 'x'])
    t.is((await media('--usb', 'new.img', '--server', server)).exitCode, 2, server);
  t.is((await media('--usb', 'new.img', '--pin', 'abc')).exitCode, 2);
});
