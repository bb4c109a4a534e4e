/** How people name an image version: `NAME`, `NAME@ID` or `NAME:LABEL` (cli.md, "Words"). */
import { isImageName } from '../../codec/image-name.ts';
import { NacreError } from '../../errors.ts';

/** The label that every capture moves. */
export const LATEST = 'latest';

const LEAST_DIGITS = 8;

/** A parsed IMAGE: an image name with a label, or with the first digits of an id. */
export type ImageReference =
  | { readonly name: string; readonly label: string }
  | { readonly name: string; readonly idPrefix: string };

const RULE = '1 to 64 of a-z 0-9 . _ -, starting with a letter or digit';

/** @throws NacreError `IMAGE_NAME` for anything that is no name of an image or label */
export const checkImageName = (name: string): string => {
  if (!isImageName(name)) throw new NacreError('IMAGE_NAME', { found: name, needed: RULE });
  return name;
};

/** @throws NacreError `IMAGE_NAME` */
export const parseImageReference = (text: string): ImageReference => {
  const at = text.search(/[@:]/);
  if (at < 0) return { name: checkImageName(text), label: LATEST };
  const name = checkImageName(text.slice(0, at));
  const rest = text.slice(at + 1);
  if (text[at] === ':') return { name, label: checkImageName(rest) };
  const idPrefix = rest.toLowerCase();
  if (!/^[0-9a-f]{8,64}$/.test(idPrefix)) {
    const needed = `${LEAST_DIGITS} to 64 hex digits after @`;
    throw new NacreError('IMAGE_NAME', { found: text, needed });
  }
  return { name, idPrefix };
};
