/** Package Manager: images of the store with what they are used for. */
import { useState } from 'preact/hooks';
import { ask } from '../api/ask.ts';
import type { Refusal } from '../api/refusal.ts';
import type { Package, SyncReport } from '../api/types.ts';
import { Choice, Field } from '../parts/field.tsx';
import { attempt } from '../parts/form.tsx';
import { ListTable } from '../parts/list-table.tsx';
import { say } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { useList } from '../parts/use-list.ts';
import { useTyped } from '../parts/use-typed.ts';
import { askHere, place } from '../place/place.ts';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { packageColumns } from './package-columns.tsx';

const SyncButton = ({ onDone }: { readonly onDone: (refusal: Refusal | undefined) => void }) => {
  const [isBusy, setBusy] = useState(false);
  const sync = async (): Promise<void> => {
    setBusy(true);
    const refusal = await attempt(async () => {
      const report = await ask<SyncReport>({ method: 'POST', path: '/package-syncs' });
      say(text('sync.done', { ...report }));
    });
    setBusy(false);
    onDone(refusal);
  };
  return (
    <button type="button" disabled={isBusy} onClick={() => void sync()}>
      {text('sync.action')}
    </button>
  );
};

const PackageFilter = () => {
  const { search = '', autogenic = '' } = place.value.query;
  const onSearch = useTyped('search');
  return (
    <search class="filter">
      <Field
        label={text('filter.search')}
        type="search"
        defaultValue={search}
        placeholder={text('package.search-example')}
        onInput={({ currentTarget }) => onSearch(currentTarget.value)}
      />
      <Choice
        label={text('package.autogenic')}
        value={autogenic}
        onChoose={(value) => askHere({ autogenic: value })}
      >
        <option value="">{text('filter.all')}</option>
        <option value="true">{text('yes')}</option>
        <option value="false">{text('no')}</option>
      </Choice>
    </search>
  );
};

export const PackageList = () => {
  const { search, autogenic } = place.value.query;
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  const list = useList<Package>({
    path: '/packages',
    query: { search, autogenic },
    isAbout: ({ kind }) => kind === 'package' || kind === 'job',
  });
  const onSynced = (refused: Refusal | undefined): void => {
    setRefusal(refused);
    list.reload();
  };
  return (
    <>
      <PageHead title={text('packages.title')}>
        {mayOperate.value && <SyncButton onDone={onSynced} />}
      </PageHead>
      <PackageFilter />
      <ProblemBox refusal={refusal} />
      <ListTable
        caption={text('packages.title')}
        columns={packageColumns(list.reload)}
        list={list}
        idOf={({ name }) => name}
        nothing={text(
          search === undefined && autogenic === undefined ? 'packages.none' : 'packages.none-found',
        )}
      />
    </>
  );
};
