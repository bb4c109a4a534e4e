/** What the agent of a device said last. */
import { pathOf } from '../api/ask.ts';
import type { DeviceReport } from '../api/types.ts';
import { type AnswerState, useAnswer } from '../api/use-answer.ts';

export interface ReportState extends AnswerState<DeviceReport> {
  /** It has not said anything yet. */
  readonly isSilent: boolean;
}

export const useReport = (id: string): ReportState => {
  const state = useAnswer<DeviceReport>({
    path: `${pathOf('devices', id)}/inventory`,
    isAbout: ({ subject }) => subject === id,
  });
  const code = state.refusal?.problem.code;
  return { ...state, isSilent: code === 'JOB_NO_CHECK_IN' || code === 'MANAGER_NOT_FOUND' };
};
