/** All commands of the program, in the order of its help. */
import type { FamilySpec } from '../command.ts';

export const FAMILIES: readonly FamilySpec[] = [];
