/** What somebody wants to be done to devices, and the body of the request that says so. */

/** For which devices. */
export interface WhomWish {
  readonly whom: 'chosen' | 'group' | 'tag' | 'all';
  readonly devices: readonly string[];
  readonly group: string;
  readonly tag: string;
}

export interface UpdateWish extends WhomWish {
  readonly package: string;
  /** `:LABEL` or `@ID`. */
  readonly version: string;
  /** "Download image to backup partition" (BI). */
  readonly isDownload: boolean;
  /** "Image device from backup partition" (PI). */
  readonly isImaging: boolean;
  readonly when: 'now' | 'at' | 'window';
  /** As the field of a browser has it: local time without a zone. */
  readonly at: string;
  readonly from: string;
  readonly to: string;
  /** MiB a second; empty: as fast as it goes. */
  readonly limit: string;
  /** Minutes that users are warned before a restart; empty: they are not asked. */
  readonly countdown: string;
  /** How often they may put it off. */
  readonly postpones: string;
}

export const EMPTY_WISH: UpdateWish = {
  ...{ package: '', version: ':latest', isDownload: true, isImaging: false },
  ...{ whom: 'all', devices: [], group: '', tag: '' },
  ...{ when: 'now', at: '', from: '22:00', to: '05:00', limit: '' },
  ...{ countdown: '', postpones: '3' },
};

/** BI, PI or both; undefined when neither is wanted. */
export const kindOf = ({
  isDownload,
  isImaging,
}: Pick<UpdateWish, 'isDownload' | 'isImaging'>): 'bi' | 'pi' | 'bi-pi' | undefined => {
  if (isDownload) return isImaging ? 'bi-pi' : 'bi';
  return isImaging ? 'pi' : undefined;
};

export const isWhomSaid = ({ whom, devices, group, tag }: WhomWish): boolean =>
  whom === 'all' ||
  (whom === 'chosen' && devices.length > 0) ||
  (whom === 'group' && group !== '') ||
  (whom === 'tag' && tag !== '');

const isWhenSaid = ({ when, at, from, to }: UpdateWish): boolean =>
  when === 'now' ||
  (when === 'at' && !Number.isNaN(Date.parse(at))) ||
  (when === 'window' && from !== '' && to !== '' && from !== to);

/** Whether it says enough to be planned. */
export const isWhole = (wish: UpdateWish): boolean =>
  wish.package !== '' && kindOf(wish) !== undefined && isWhomSaid(wish) && isWhenSaid(wish);

/** Devices as the routes want them named. */
export const selectionOf = ({ whom, devices, group, tag }: WhomWish) => ({
  devices: whom === 'chosen' ? devices : [],
  groups: whom === 'group' ? [group] : [],
  tags: whom === 'tag' ? [tag] : [],
  isAll: whom === 'all',
});

/** For `POST /jobs/plan`. */
export const planBody = (wish: UpdateWish) => {
  const { when, at, from, to } = wish;
  return {
    image: `${wish.package}${wish.version}`,
    kind: kindOf(wish),
    selection: selectionOf(wish),
    ...(when === 'at' ? { startAt: new Date(at).toISOString() } : {}),
    ...(when === 'window' ? { window: { from, to } } : {}),
  };
};

const MINUTE_SECONDS = 60;

/** For `POST /jobs`. */
export const orderBody = (wish: UpdateWish) => {
  const { limit, isImaging, countdown, postpones } = wish;
  return {
    ...planBody(wish),
    ...(limit === '' ? {} : { limitBytesPerSecond: Math.round(Number(limit) * 2 ** 20) }),
    ...(!isImaging || countdown === ''
      ? {}
      : {
          notice: {
            countdownSeconds: Math.round(Number(countdown) * MINUTE_SECONDS),
            postpones: Number(postpones),
          },
        }),
  };
};
