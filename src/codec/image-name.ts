/** The rule of image names and labels (cli.md, "Words"). */

/** 1 to 64 of `a-z 0-9 . _ -`, starting with a letter or digit. */
export const IMAGE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** True for a name of an image or of a label. */
export const isImageName = (text: string): boolean => IMAGE_NAME.test(text);
