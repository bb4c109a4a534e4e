/** Settings that all share: who is no administrator reads them. */
import { PageHead } from '../parts/page-head.tsx';
import { text } from '../texts/language.ts';
import { BootSettingsCard } from './boot-settings.tsx';
import { JobSettingsCard } from './job-settings.tsx';

export const SettingsPage = () => (
  <>
    <PageHead title={text('settings.title')} />
    <p class="muted">{text('settings.about')}</p>
    <BootSettingsCard />
    <JobSettingsCard />
  </>
);
