/** All groups, for choices of them. */
import type { Group, Page } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';

/** As many as a page of the manager holds; more than that nobody chooses from a list. */
const MOST = '500';

export const useGroups = (): readonly Group[] => {
  const { answer } = useAnswer<Page<Group>>({
    path: '/groups',
    query: { limit: MOST },
    isAbout: ({ kind }) => kind === 'group',
  });
  return answer?.items ?? [];
};
