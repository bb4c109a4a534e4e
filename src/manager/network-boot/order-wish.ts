/** Orders that Merlin does when a device starts from the network. */
import type { LayoutName, LayoutPolicy } from '../../disk/layout-fields.ts';
import type { Selection } from '../store/selection-rows.ts';

interface Wish {
  readonly selection: Selection;
  /** Not before; ISO 8601 UTC. */
  readonly startAt?: string | undefined;
}

/** Lays the disk out anew, with boot agent and backup partition, and puts an image onto it. */
export interface ConvertWish extends Wish {
  readonly kind: 'convert';
  /** IMAGE of cli.md. */
  readonly image: string;
  readonly layout: LayoutName;
  readonly layoutPolicy: LayoutPolicy;
  /** Fills the backup partition. */
  readonly backup: boolean;
}

/** Captures the disk of each device as a new version of an image. */
export interface CaptureWish extends Wish {
  readonly kind: 'capture';
  /** Of the image. */
  readonly name: string;
  /** Of the new version. */
  readonly comment: string;
}

export type OrderWish = ConvertWish | CaptureWish;
