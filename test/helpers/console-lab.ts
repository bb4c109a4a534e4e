/** A manager with devices and packages, and a real browser that looks at its console. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { openStore } from '../../src/image/store/store.ts';
import { type Hints, signEnrolment } from '../../src/job/enrolment.ts';
import { CONSOLE_FOLDER } from './console-folder.ts';
import { publishLetters } from './hand-made-image.ts';
import { type ManagerLab, openManagerLab } from './manager-lab.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** What the tests saw, for people to look at. */
const PICTURES = path.join(ROOT, '.cache/web');

/** Headless and as root; nothing that a browser does by itself goes out. */
const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Passwords of tests are no secrets. */
export const PASSWORD = 'correct horse battery';
const CHEAP = 10;
/** A machine that runs other tests beside this one may be slow; nothing is measured by it. */
const PATIENCE_MS = 30_000;

/** Clocks of the manager, moved by tests. */
export interface LabClock {
  /** Added to the time of day. */
  aheadMs: number;
  /** Time that only rises. */
  elapsedMs: number;
}

export interface ConsoleLab extends ManagerLab {
  readonly clock: LabClock;
  readonly url: string;
  /** A device makes itself known. @returns its id and fingerprint */
  readonly enrol: (hints: Partial<Hints>) => Promise<{ id: string; fingerprint: string }>;
  /** A browser of its own without any login, at the console. */
  readonly open: (options?: BrowserContextOptions) => Promise<Page>;
  /** The page of a user who is logged in, at a place; with options one of its own. */
  readonly openAs: (user: string, hash?: string, options?: BrowserContextOptions) => Promise<Page>;
  /** Keeps a picture in .cache/web when PICTURES is set. */
  readonly picture: (page: Page, name: string) => Promise<void>;
  /** What went wrong in any page: errors of scripts, and what the policy of the page refused. */
  readonly complaints: readonly string[];
}

const startBrowser = async (t: Owner): Promise<Browser> => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ARGUMENTS,
    // Playwright makes an empty folder for its user data, and removes it.
    chromiumSandbox: false,
  });
  t.teardown(() => browser.close());
  return browser;
};

const enroller = ({ ask, service }: ManagerLab, clock: LabClock): ConsoleLab['enrol'] => {
  const pin = service.pin.replace('sha256:', '');
  return async (hints) => {
    // One address may enrol 20 in a second, of this clock.
    clock.elapsedMs += 1000;
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const body = signEnrolment(pem, { pin, hints: { macs: [], ...hints } });
    const { json } = await ask('POST', '/api/v1/enrolments', { body });
    return { id: String(json['id']), fingerprint: String(json['fingerprint']) };
  };
};

/** Logs in by the form, as a person does. */
export const logInOn = async (page: Page, user: string, password: string): Promise<void> => {
  await page.locator('input[name=user]').fill(user);
  await page.locator('input[name=password]').fill(password);
  await page.locator('input[name=password]').press('Enter');
};

const opener = (browser: Browser, url: string, complaints: string[]): ConsoleLab['open'] => {
  return async (options = {}) => {
    const context = await browser.newContext({
      ...{ ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'Europe/Berlin' },
      ...{ viewport: { width: 1280, height: 800 }, permissions: ['clipboard-write'] },
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (line) => {
      if (/content.security.policy/i.test(line.text())) complaints.push(line.text());
    });
    await page.goto(url);
    return page;
  };
};

const userOpener = (
  open: ConsoleLab['open'],
  url: string,
  passwords: Readonly<Record<string, string>>,
): ConsoleLab['openAs'] => {
  const openNew = async (user: string, options: BrowserContextOptions): Promise<Page> => {
    const page = await open(options);
    await logInOn(page, user, passwords[user] ?? PASSWORD);
    await page.locator('nav.ways').waitFor();
    return page;
  };
  // Of each user one: a login and a page that is read anew cost more than what most tests look at.
  const pages = new Map<string, Page>();
  return async (user, hash = '#/devices', options) => {
    const known = options === undefined ? pages.get(user) : undefined;
    const page = known ?? (await openNew(user, options ?? {}));
    if (options === undefined) pages.set(user, page);
    await page.goto(`${url}${hash}`);
    return page;
  };
};

/** Opens manager and browser; both end with the owner. */
export const openConsoleLab = async (t: Owner): Promise<ConsoleLab> => {
  const clock: LabClock = { aheadMs: 0, elapsedMs: 0 };
  const folder = await temporaryFolder(t);
  const images = await openStore(path.join(folder, 'store'), { create: true });
  await publishLetters(images, 'lab-pc', 'AB');
  await publishLetters(images, 'lab-pc', 'AC');
  await publishLetters(images, 'kiosk', 'D');
  const lab = await openManagerLab(t, {
    dataFolder: folder,
    consoleFolder: CONSOLE_FOLDER,
    now: () => new Date(Date.now() + clock.aheadMs),
    elapsedMs: () => clock.elapsedMs,
    passwordCost: CHEAP,
  });
  for (const role of ['viewer', 'operator'])
    await lab.admin('POST', '/api/v1/users', { body: { name: role, role, password: PASSWORD } });
  const url = `https://127.0.0.1:${lab.service.port}/`;
  const complaints: string[] = [];
  const open = opener(await startBrowser(t), url, complaints);
  await mkdir(PICTURES, { recursive: true });
  return {
    ...{ ...lab, clock, url, complaints, open },
    enrol: enroller(lab, clock),
    openAs: userOpener(open, url, { admin: lab.service.firstPassword ?? '' }),
    picture: async (page, name) => {
      if (process.env['PICTURES'] === undefined) return;
      await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
    },
  };
};
