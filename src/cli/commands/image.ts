/** `nacre image`: capture, restore and all else that is done with images. */
import type { FamilySpec } from '../command.ts';
import { CAPTURE } from './capture.ts';
import { CONVERT, EXPORT_PACKAGE, IMPORT_PACKAGE } from './convert.ts';
import { BIN, LABEL, REMOVE } from './image-change.ts';
import { DIFF } from './image-diff.ts';
import { INSPECT, LIST } from './image-read.ts';
import { BRANCH, LABELS, ROLLBACK, TREE } from './image-versions.ts';
import { RESTORE } from './restore.ts';
import { VERIFY } from './verify.ts';

export const IMAGE_FAMILY: FamilySpec = {
  name: 'image',
  summary: {
    en: 'capture, restore, verify and keep images',
    ja: 'イメージの取り込み、復元、検証、管理',
  },
  commands: [
    CAPTURE,
    RESTORE,
    VERIFY,
    LIST,
    INSPECT,
    DIFF,
    TREE,
    LABEL,
    LABELS,
    ROLLBACK,
    BRANCH,
    REMOVE,
    BIN,
    CONVERT,
    IMPORT_PACKAGE,
    EXPORT_PACKAGE,
  ],
};
