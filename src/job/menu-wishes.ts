/** What the administrator's menu of a device offers besides its disk. Alone in a file: who only looks at it needs no schemas. */

/** `merlin` is a start of Merlin like any other. */
export const MENU_WISHES = ['merlin', 'repair', 'image', 'info', 'shell'] as const;
export type MenuWish = (typeof MENU_WISHES)[number];
