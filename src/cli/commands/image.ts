/** `nacre image`: capture, restore and all else that is done with images. */
import type { FamilySpec } from '../command.ts';
import { CAPTURE } from './capture.ts';
import { RESTORE } from './restore.ts';

export const IMAGE_FAMILY: FamilySpec = {
  name: 'image',
  summary: {
    en: 'capture, restore, verify and keep images',
    ja: 'イメージの取り込み、復元、検証、管理',
  },
  commands: [CAPTURE, RESTORE],
};
