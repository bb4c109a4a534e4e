/** All copies of the store, for choices of them. */
import type { Page } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import type { Repository } from './network-types.ts';

const MOST = '500';

/** Undefined until they are known: a choice without them would take away what is set. */
export const useRepositories = (): readonly Repository[] | undefined => {
  const { answer } = useAnswer<Page<Repository>>({
    path: '/repositories',
    query: { limit: MOST },
    isAbout: ({ kind }) => kind === 'repository',
  });
  return answer?.items;
};
