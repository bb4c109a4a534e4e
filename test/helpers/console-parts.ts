/** What tests look for on pages of the console. */
import type { Locator, Page } from 'playwright-core';
import type { ConsoleLab } from './console-lab.ts';

export const rowOf = (page: Page, name: string | RegExp) =>
  page.locator('tbody tr', { hasText: name });
export const textOf = async (found: Locator): Promise<string> => (await found.textContent()) ?? '';
export const buttonOf = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
export const inDialog = (page: Page, name: string | RegExp) =>
  page.locator('dialog').getByRole('button', { name });

/** The state that the manager has. */
export const stateOf = async ({ admin }: ConsoleLab, id: string): Promise<unknown> =>
  (await admin('GET', `/api/v1/devices/${id}`)).json['state'];

/** Something that the page does not do by itself: as whoever sits before it could. */
export const sendFrom = (
  page: Page,
  method: string,
  path: string,
  body: object,
): Promise<unknown> =>
  page.evaluate(
    `fetch(${JSON.stringify(path)}, {
      method: ${JSON.stringify(method)},
      headers: { 'x-nacre-request': '1', 'content-type': 'application/json' },
      body: ${JSON.stringify(JSON.stringify(body))},
    }).then((response) => response.status)`,
  );
