/** What a manager refuses and tells, for those who read Japanese. */
import { buttonOf, rowOf, textOf } from '../../helpers/console-parts.ts';
import type { Case } from './suite.ts';

const LOADED = `performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/japanese.js'))`;

export const JAPANESE_CASES: readonly Case[] = [
  {
    title:
      'refusals, reasons of plans and of rollouts are Japanese, and English again for those who want that',
    look: async (t, lab) => {
      const { admin } = lab;
      await admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
      await admin('POST', '/api/v1/groups', { body: { name: 'nihon' } });
      const { id } = await lab.enrol({ name: 'nihon-1', serial: 'J1' });
      await admin('PUT', `/api/v1/groups/nihon/devices/${id}`);
      const page = await lab.openAs('operator', '#/packages/nowhere', { locale: 'ja-JP' });
      const problem = page.locator('.problem');
      await problem.getByText('パッケージ nowhere はありません').waitFor();
      t.regex(await textOf(problem), /一覧で確認してください。MANAGER_NOT_FOUND要求番号/);
      await buttonOf(page, 'English').click();
      await problem.getByText('there is no package nowhere').waitFor();
      await buttonOf(page, '日本語').click();
      await problem.getByText('パッケージ nowhere はありません').waitFor();

      await page.goto(`${lab.url}#/updates/new`);
      await page.getByLabel('パッケージ', { exact: true }).selectOption('lab-pc');
      await page.getByLabel('デバイス', { exact: true }).selectOption('group');
      await page.getByLabel('グループ').selectOption('nihon');
      await buttonOf(page, '計画を表示').click();
      const refused = rowOf(page, 'nihon-1');
      await refused.getByText('JOB_DEVICE_STATE').waitFor();
      t.regex(await textOf(refused), /nihon-1 .*承認待ち.*nacre device approve nihon-1/);
      t.notRegex(await textOf(refused), /only approved|pending/);
      await lab.picture(page, 'japanese-plan');

      await page.goto(`${lab.url}#/groups/nihon`);
      const wish = { image: 'lab-pc:latest', kind: 'bi', rings: '1,100%' };
      await admin('PUT', '/api/v1/groups/nihon/desired-state', { body: wish });
      await admin('POST', '/api/v1/groups/nihon/desired-state/pause');
      await page.locator('.card [role=status]').getByText('が一時停止しました').waitFor();
      await lab.picture(page, 'japanese-rollout');
      await admin('DELETE', '/api/v1/groups/nihon/desired-state');

      await page.goto(`${lab.url}#/subnets`);
      await buttonOf(page, 'サブネットを追加').click();
      await page.getByRole('textbox', { name: 'サブネット' }).fill('192.0.2.0');
      await page.locator('dialog').getByRole('button', { name: '保存' }).click();
      await problem.getByText('サブネットは ADDRESS/BITS の形式です').waitFor();
      await lab.picture(page, 'japanese-subnet');
      t.true(await page.evaluate(LOADED));
      const other = await lab.openAs('viewer', '#/system');
      await other.getByRole('heading', { name: 'System' }).waitFor();
      t.false(await other.evaluate(LOADED), 'who reads English does not load it');
    },
  },
];
