/** The console in a real browser, against a real manager. */
import test, { type ExecutionContext } from 'ava';
import type { Locator, Page } from 'playwright-core';
import { type ConsoleLab, logInOn, openConsoleLab, PASSWORD } from '../helpers/console-lab.ts';
import { requires } from '../helpers/requires.ts';

const HOUR_MS = 3_600_000;

let opened: Promise<ConsoleLab> | undefined;
const closing: (() => unknown)[] = [];

test.after.always('manager and browser end', async () => {
  for (const close of closing.toReversed()) await close();
});

/** A test with the manager and the browser of all of them: starting either costs more than what is looked at. */
const look = (title: string, run: (t: ExecutionContext, lab: ConsoleLab) => Promise<void>): void =>
  test.serial(title, async (t) => {
    if (!requires(t, 'chromium')) return;
    opened ??= openConsoleLab({ teardown: (close) => closing.push(close) });
    const lab = await opened;
    await run(t, lab);
    t.deepEqual(lab.complaints, []);
  });

const rowOf = (page: Page, name: string) => page.locator('tbody tr', { hasText: name });
const textOf = async (found: Locator): Promise<string> => (await found.textContent()) ?? '';
const buttonOf = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const inDialog = (page: Page, name: string | RegExp) =>
  page.locator('dialog').getByRole('button', { name });

/** The state that the manager has. */
const stateOf = async ({ admin }: ConsoleLab, id: string): Promise<unknown> =>
  (await admin('GET', `/api/v1/devices/${id}`)).json['state'];

/** Something that the page does not do by itself: as whoever sits before it could. */
const sendFrom = (page: Page, method: string, path: string, body: object): Promise<unknown> =>
  page.evaluate(
    `fetch(${JSON.stringify(path)}, {
      method: ${JSON.stringify(method)},
      headers: { 'x-nacre-request': '1', 'content-type': 'application/json' },
      body: ${JSON.stringify(JSON.stringify(body))},
    }).then((response) => response.status)`,
  );

look('a wrong password is told with its reason, and after a few with the wait', async (t, lab) => {
  const page = await lab.open();
  for (let count = 0; count < 5; count += 1) {
    await logInOn(page, 'viewer', 'wrong');
    await page.locator('form[aria-busy=false] .problem').waitFor();
  }
  t.regex(await textOf(page.locator('.problem')), /MANAGER_LOGIN_FAILED/);
  await logInOn(page, 'viewer', PASSWORD);
  await page.getByText('MANAGER_TOO_MANY_TRIES').waitFor();
  const wait = buttonOf(page, /^Wait [12] s$/);
  t.true(await wait.isDisabled());
  await lab.picture(page, 'login-wait');
  lab.clock.elapsedMs += HOUR_MS;
  await buttonOf(page, /^Log in$/).waitFor();
  await logInOn(page, 'viewer', PASSWORD);
  await page.locator('nav.ways').waitFor();
  await buttonOf(page, 'Log out').click();
  await page.getByText('You are logged out.').waitFor();
  await page.reload();
  await page.locator('input[name=password]').waitFor();
});

look('devices are paged, searched, filtered and sorted by the manager', async (t, lab) => {
  for (let count = 1; count <= 55; count += 1)
    await lab.enrol({ name: `pc-${String(count).padStart(2, '0')}`, serial: `S${count}` });
  const page = await lab.openAs('admin');
  const rows = page.locator('tbody tr');
  await rowOf(page, 'pc-50').waitFor();
  t.is(await rows.count(), 50);
  await page.getByText('1–50 of 55').waitFor();
  await buttonOf(page, 'Next').click();
  await page.getByText('51–55 of 55').waitFor();
  t.is(await rows.count(), 5);
  await buttonOf(page, 'Back').click();
  await page.getByText('1–50 of 55').waitFor();
  await buttonOf(page, 'Name').click();
  await page.locator('th[aria-sort=descending]').waitFor();
  await rowOf(page, 'pc-55').waitFor();
  t.regex(page.url(), /sort=name&descending=true$/);
  await page.getByLabel('Search').fill('s17');
  await page.getByText('1–1 of 1').waitFor();
  await page.getByLabel('Search').fill('');
  await page.getByLabel('State').selectOption('held');
  await page.getByText('No device fits.').waitFor();
});

look('devices are approved by their fingerprints, and revoked', async (t, lab) => {
  const { id, fingerprint } = await lab.enrol({ name: 'approve-me', serial: 'A1' });
  const other = await lab.enrol({ name: 'approve-me-too', serial: 'A2' });
  const page = await lab.openAs('operator', '#/devices?search=approve-me');
  await page.getByLabel('Select all rows shown').check();
  await page.getByText('2 selected').waitFor();
  await page.locator('.chosen').getByRole('button', { name: 'Approve' }).click();
  const shown = page.locator('dialog .fingerprint').first();
  t.deepEqual(await shown.locator('span').allTextContents(), fingerprint.match(/.{4}/g));
  await lab.picture(page, 'approve');
  await inDialog(page, 'Approve').click();
  await page.getByText('Approved: 2').waitFor();
  await rowOf(page, 'approve-me-too').getByText('approved').waitFor();
  t.is(await stateOf(lab, id), 'approved');
  await page.getByRole('link', { name: 'approve-me', exact: true }).click();
  await buttonOf(page, 'Revoke').click();
  await inDialog(page, 'Revoke').click();
  await page.locator('.page-head').getByText('revoked').waitFor();
  t.is(await stateOf(lab, id), 'revoked');
  t.is(await stateOf(lab, other.id), 'approved');
});

look('what the manager refuses is shown word by word, device by device', async (t, lab) => {
  const { id } = await lab.enrol({ name: 'refuse-me', serial: 'R1' });
  const page = await lab.openAs('operator', '#/devices?search=refuse-me');
  await page.getByLabel('Select refuse-me').check();
  await page.locator('.chosen').getByRole('button', { name: 'Hold' }).click();
  // Somebody is quicker, while the dialog is open.
  await lab.admin('PUT', `/api/v1/devices/${id}/state`, { body: { state: 'revoked' } });
  await inDialog(page, 'Hold').click();
  const problem = page.locator('dialog .problem');
  await problem.waitFor();
  t.regex(await textOf(problem), /refuse-me.*MANAGER_DEVICE_STATE.*Request [0-9a-f-]{36}/);
  t.is(await stateOf(lab, id), 'revoked');
});

look('a conflict is shown where it is decided', async (t, lab) => {
  const first = await lab.enrol({ name: 'first-of-two', serial: 'TWIN' });
  await lab.admin('PUT', `/api/v1/devices/${first.id}/state`, { body: { state: 'approved' } });
  const { id } = await lab.enrol({ name: 'second-of-two', serial: 'TWIN' });
  const page = await lab.openAs('operator', `#/devices/${id}`);
  await page.locator('.page-head').getByText('held').waitFor();
  await page.getByText('No check-in yet').waitFor();
  await buttonOf(page, 'Approve').click();
  t.regex(await textOf(page.locator('dialog .conflicts')), /first-of-two: Serial TWIN/);
  await page.keyboard.press('Escape');
  // The dialog gives the focus back to what opened it.
  t.is(await page.evaluate('document.activeElement.textContent'), 'Approve');
  await lab.picture(page, 'device');
});

look('name, note, tags and groups are edited, and another page sees it at once', async (t, lab) => {
  const { id } = await lab.enrol({ name: 'edit-me', serial: 'E1' });
  const [page, watcher] = [
    await lab.openAs('operator', '#/groups'),
    await lab.openAs('viewer', '#/devices?search=edit-me'),
  ];
  await buttonOf(page, 'Add group').click();
  await page.getByLabel('Name').fill('lab-2');
  await inDialog(page, 'Add group').click();
  await rowOf(page, 'lab-2').waitFor();
  await watcher.getByText('Live').waitFor();
  await page.goto(`${lab.url}#/devices/${id}`);
  await buttonOf(page, 'Edit').click();
  await page.getByLabel('Name').fill('edited');
  await page.getByLabel('Tags').fill('canary floor-2');
  await page.getByLabel('lab-2').check();
  await page.getByLabel('Note').fill('was edit-me');
  await inDialog(page, 'Save').click();
  await page.getByRole('heading', { name: 'edited' }).waitFor();
  await page.getByRole('link', { name: '#canary' }).waitFor();
  const row = rowOf(watcher, 'edited');
  await row.getByText('lab-2').waitFor();
  t.like((await lab.admin('GET', `/api/v1/devices/${id}`)).json, {
    name: 'edited',
    note: 'was edit-me',
    groups: ['lab-2'],
    tags: ['canary', 'floor-2'],
  });
});

look('a list is imported whole, or refused with its line', async (t, lab) => {
  const page = await lab.openAs('operator', '#/device-lists');
  const file = (text: string) => ({
    name: 'lab.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(text, 'latin1'),
  });
  const choose = page.getByLabel('CSV file');
  await choose.setInputFiles(file('name,serial,group\npc-a,CSV-1,lab-9\npc-b,,\n'));
  await buttonOf(page, 'Import').click();
  await page.locator('.problem').waitFor();
  t.regex(await textOf(page.locator('.problem')), /line 3.*MANAGER_CSV/);
  await choose.setInputFiles(file('name,serial\n\xe9,CSV-1\n'));
  await buttonOf(page, 'Import').click();
  await page.getByText('The file is not in UTF-8.').waitFor();
  await choose.setInputFiles(file('name,serial,group\npc-a,CSV-1,lab-9\npc-b,CSV-2,lab-9\n'));
  await buttonOf(page, 'Import').click();
  await page.getByText('Rows that wait for their device').waitFor();
  t.deepEqual(await page.locator('dd').allTextContents(), ['2', '0', '2']);
  await lab.picture(page, 'import');
});

look('a join code is shown once', async (t, lab) => {
  const page = await lab.openAs('operator', '#/join-codes');
  await buttonOf(page, 'Make join code').click();
  await page.getByLabel('What it is for').fill('second floor');
  await page.getByLabel('Devices that may come in with it').fill('30');
  await inDialog(page, 'Make join code').click();
  const code = await textOf(page.locator('dialog output'));
  t.regex(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  await inDialog(page, 'Copy').click();
  await inDialog(page, 'Copied').waitFor();
  await lab.picture(page, 'join-code');
  await page.locator('dialog .buttons').getByRole('button', { name: 'Close' }).click();
  await rowOf(page, 'second floor').waitFor();
  t.false((await page.content()).includes(code));
  await rowOf(page, 'second floor').getByRole('button', { name: 'Remove' }).click();
  await inDialog(page, 'Remove').click();
  await page.getByText('There are no join codes.').waitFor();
});

look('a package is made Autogenic Capable, and what it is made of is shown', async (t, lab) => {
  const page = await lab.openAs('operator', '#/packages');
  const toggle = page.getByRole('switch', { name: 'Autogenic Capable: lab-pc' });
  await toggle.click();
  await page.getByText('lab-pc is Autogenic Capable').waitFor();
  t.is(await toggle.getAttribute('aria-checked'), 'true');
  t.is((await lab.admin('GET', '/api/v1/packages/lab-pc')).json['isAutogenic'], true);
  await lab.picture(page, 'packages');
  await page.getByRole('link', { name: 'lab-pc' }).click();
  await page.locator('tbody tr').nth(1).waitFor();
  t.is(await page.locator('tbody tr').count(), 2);
  await page.getByText('latest').waitFor();
  await lab.picture(page, 'package');
});

look('a viewer is offered no change, and is refused one all the same', async (t, lab) => {
  const { id } = await lab.enrol({ name: 'look-at-me', serial: 'V1' });
  const page = await lab.openAs('viewer', `#/devices/${id}`);
  await page.getByRole('heading', { name: 'look-at-me' }).waitFor();
  for (const room of [`devices/${id}`, 'devices', 'groups', 'packages']) {
    await page.goto(`${lab.url}#/${room}`);
    await page.locator('main h1').waitFor();
    const words = await page.locator('main').getByRole('button').allTextContents();
    t.deepEqual(
      words.filter((word) => !/^(Name|State|Last seen|Back|Next)/.test(word)),
      [],
      room,
    );
    t.is(await page.locator('main input[type=checkbox], main [role=switch]').count(), 0, room);
  }
  const ways = await page.locator('nav.ways a').allTextContents();
  t.false(ways.includes('Users') || ways.includes('Audit'));
  const state = `/api/v1/devices/${id}/state`;
  t.is(await sendFrom(page, 'PUT', state, { state: 'approved' }), 403);
  await page.goto(`${lab.url}#/users`);
  await page.getByText('MANAGER_FORBIDDEN').waitFor();
  t.is(await stateOf(lab, id), 'pending');
});

const EVIL = `<img src=x onerror="alert(1)">"'><script>alert(2)</script>`;

look('what devices and people write is shown, and never run', async (t, lab) => {
  const { id } = await lab.enrol({ name: EVIL, serial: EVIL, diskSerial: EVIL });
  await lab.admin('PATCH', `/api/v1/devices/${id}`, {
    body: { note: `${EVIL}\njavascript:alert(3)` },
  });
  await lab.admin('PUT', `/api/v1/devices/${id}/state`, { body: { state: 'approved' } });
  await lab.enrol({ name: `${EVIL}2`, serial: EVIL });
  await lab.admin('POST', '/api/v1/groups', { body: { name: 'evil', note: EVIL } });
  await lab.admin('POST', '/api/v1/join-codes', { body: { note: EVIL } });
  await lab.admin('POST', '/api/v1/tokens', { body: { name: EVIL, scopes: ['devices:read'] } });
  await lab.ask('POST', '/api/v1/sessions', { body: { user: EVIL, password: EVIL } });
  const page = await lab.openAs('admin');
  const rooms = [
    'devices?search=onerror',
    `devices/${id}`,
    'groups',
    'join-codes',
    'tokens',
    'audit',
  ];
  for (const room of [...rooms, `devices?search=${encodeURIComponent(EVIL)}`]) {
    await page.goto(`${lab.url}#/${room}`);
    await page.getByText(EVIL).first().waitFor();
    t.is(await page.locator('main img, main script').count(), 0, room);
  }
  await page.goto(`${lab.url}#/${encodeURIComponent(EVIL)}/${encodeURIComponent(EVIL)}`);
  await page.getByText('No such page').waitFor();
  await page.goto(`${lab.url}#/packages/${encodeURIComponent('../devices')}`);
  await page.locator('.problem').waitFor();
  t.regex(await textOf(page.locator('.problem')), /MANAGER_INPUT_INVALID|MANAGER_NOT_FOUND/);
});

look('administrators work with users and tokens', async (t, lab) => {
  const page = await lab.openAs('admin', '#/users');
  await buttonOf(page, 'Add user').click();
  await page.getByLabel('Name').fill('kim');
  await page.getByLabel('Role', { exact: true }).selectOption('operator');
  await page.getByLabel('New password').fill('short');
  await inDialog(page, 'Add user').click();
  await page.getByText('MANAGER_PASSWORD_WEAK').waitFor();
  await page.getByLabel('New password').fill(PASSWORD);
  await inDialog(page, 'Add user').click();
  await rowOf(page, 'kim').getByText('Operator').waitFor();
  await lab.picture(page, 'users');
  await buttonOf(page, 'Remove: admin').click();
  await inDialog(page, 'Remove').click();
  await page.getByText('MANAGER_LAST_ADMINISTRATOR').waitFor();
  await page.goto(`${lab.url}#/tokens`);
  await buttonOf(page, 'Make token').click();
  await page.getByLabel('What it is for').fill('monitoring');
  await page.getByLabel('system:read').check();
  await inDialog(page, 'Make token').click();
  t.regex(await textOf(page.locator('dialog output')), /^nacre_/);
});

look('the console speaks Japanese to those who want it', async (t, lab) => {
  const page = await lab.openAs('viewer', '#/devices', { locale: 'ja-JP' });
  await page.locator('.badge', { hasText: '承認待ち' }).first().waitFor();
  t.is(await page.getAttribute('html', 'lang'), 'ja');
  await lab.picture(page, 'japanese');
  await buttonOf(page, 'English').click();
  await page.locator('.badge', { hasText: 'pending' }).first().waitFor();
  await page.reload();
  await page.locator('.badge', { hasText: 'pending' }).first().waitFor();
});

const ROOMS = ['devices', 'groups', 'join-codes', 'device-lists', 'packages', 'packages/lab-pc'];
const MORE_ROOMS = ['users', 'tokens', 'audit', 'system'];

look('every page fits a narrow and a wide screen, in light and in dark', async (t, lab) => {
  const screens = [
    { width: 360, height: 740, colorScheme: 'light' },
    { width: 1920, height: 1080, colorScheme: 'dark' },
  ] as const;
  const page = await lab.openAs('admin');
  const { json } = await lab.admin('GET', '/api/v1/devices?search=second-of-two');
  const [device] = Array.isArray(json['items']) ? json['items'] : [];
  for (const { width, height, colorScheme } of screens) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    for (const room of [...ROOMS, `devices/${device?.id}`, ...MORE_ROOMS]) {
      await page.goto(`${lab.url}#/${room}`);
      await page.locator('main').getByText(/\w/).first().waitFor();
      await page.locator('.loading').waitFor({ state: 'detached' });
      const needed = await page.evaluate('document.documentElement.scrollWidth');
      t.true(Number(needed) <= width, `${room} needs ${needed} of ${width}`);
      await lab.picture(
        page,
        `${width}-${room
          .split('/')
          .join('-')
          .replace(/-[0-9a-f-]{36}/, '')}`,
      );
    }
  }
});

look('the keyboard reaches the content, and a page that appears has the focus', async (t, lab) => {
  const page = await lab.openAs('viewer', '#/packages');
  await page.getByRole('heading', { name: 'Package Manager' }).waitFor();
  t.is(await page.evaluate('document.activeElement.textContent'), 'Package Manager');
  t.is(await page.title(), 'Package Manager · Nacre');
  await page.locator('.skip').focus();
  await page.keyboard.press('Enter');
  t.is(await page.evaluate('document.activeElement.id'), 'content');
});

// The last one: all sessions end with it.
look('a session that has ended is noticed, and one goes on where one was', async (t, lab) => {
  const page = await lab.openAs('viewer', '#/packages');
  await page.getByRole('link', { name: 'lab-pc' }).waitFor();
  lab.clock.aheadMs += 13 * HOUR_MS;
  await page.getByRole('link', { name: 'lab-pc' }).click();
  await page.getByText('The session has ended.').waitFor();
  await logInOn(page, 'viewer', PASSWORD);
  await page.getByRole('heading', { name: 'lab-pc' }).waitFor();
  t.regex(page.url(), /#\/packages\/lab-pc$/);
});
