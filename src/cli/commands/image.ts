/** `nacre image`: capture, restore and all else that is done with images. */
import type { FamilySpec } from '../command.ts';
import { CAPTURE } from './capture.ts';
import { CONVERT, EXPORT_PACKAGE, IMPORT_PACKAGE } from './convert.ts';
import { RESTORE } from './restore.ts';

export const IMAGE_FAMILY: FamilySpec = {
  name: 'image',
  summary: {
    en: 'capture, restore, verify and keep images',
    ja: 'イメージの取り込み、復元、検証、管理',
  },
  commands: [CAPTURE, RESTORE, CONVERT, IMPORT_PACKAGE, EXPORT_PACKAGE],
};
