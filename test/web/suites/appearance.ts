/** Texts of others, languages, screens, the keyboard. */

import { buttonOf, textOf } from '../../helpers/console-parts.ts';
import type { Case } from './suite.ts';

const EVIL = `<img src=x onerror="alert(1)">"'><script>alert(2)</script>`;

const ROOMS = {
  devices: 'devices',
  groups: 'groups',
  codes: 'join-codes',
  lists: 'device-lists',
  hints: 'ignored-hints',
  packages: 'packages',
  package: 'packages/lab-pc',
  updates: 'updates',
  plan: 'updates/new',
  convert: 'updates/convert',
  capture: 'updates/capture',
  subnets: 'subnets',
  repositories: 'repositories',
  settings: 'settings',
  users: 'users',
  tokens: 'tokens',
  audit: 'audit',
  system: 'system',
};

export const APPEARANCE_CASES: readonly Case[] = [
  {
    title: 'what devices and people write is shown, and never run',
    look: async (t, lab) => {
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
    },
  },
  {
    title: 'the console speaks Japanese to those who want it',
    look: async (t, lab) => {
      const page = await lab.openAs('viewer', '#/devices', { locale: 'ja-JP' });
      await page.locator('.badge', { hasText: '承認待ち' }).first().waitFor();
      t.is(await page.getAttribute('html', 'lang'), 'ja');
      await lab.picture(page, 'japanese');
      await buttonOf(page, 'English').click();
      await page.locator('.badge', { hasText: 'pending' }).first().waitFor();
      await page.reload();
      await page.locator('.badge', { hasText: 'pending' }).first().waitFor();
    },
  },
  {
    title: 'every page fits a narrow and a wide screen, in light and in dark',
    look: async (t, lab) => {
      const { json } = await lab.admin('GET', '/api/v1/devices?search=second-of-two');
      const [device] = Array.isArray(json['items']) ? json['items'] : [];
      const all = { ...ROOMS, device: `devices/${device?.id}` };
      const page = await lab.openAs('admin');
      const look = async (width: number, rooms: Readonly<Record<string, string>>) => {
        await page.setViewportSize({ width, height: 800 });
        for (const [name, hash] of Object.entries(rooms)) {
          await page.goto(`${lab.url}#/${hash}`);
          await page.locator('main h1').waitFor();
          await page.locator('.loading').waitFor({ state: 'detached' });
          const needed = await page.evaluate('document.documentElement.scrollWidth');
          t.true(Number(needed) <= width, `${hash} needs ${needed} of ${width}`);
          await lab.picture(page, `${width}-${name}`);
        }
      };
      await look(360, all);
      const { convert, subnets, repositories, settings, devices, packages } = ROOMS;
      await look(800, { convert, subnets, repositories, settings, devices, packages });
      await page.emulateMedia({ colorScheme: 'dark' });
      await look(1920, { device: all.device, audit: all.audit });
    },
  },
  {
    title: 'the keyboard reaches the content, and a page that appears has the focus',
    look: async (t, lab) => {
      const page = await lab.openAs('viewer', '#/packages');
      await page.getByRole('heading', { name: 'Package Manager' }).waitFor();
      t.is(await page.evaluate('document.activeElement.textContent'), 'Package Manager');
      t.is(await page.title(), 'Package Manager · Nacre');
      await page.locator('.skip').focus();
      await page.keyboard.press('Enter');
      t.is(await page.evaluate('document.activeElement.id'), 'content');
    },
  },
];
