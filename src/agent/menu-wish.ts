/** What somebody wants who stands at the menu of a loader, and whether he has to prove that he may. */
import { MENU_WISHES, type MenuWish } from '../job/menu-wishes.ts';
import type { StartFacts } from './start-facts.ts';

type MenuFacts = Pick<StartFacts, 'menu' | 'wish'>;

/** The word that the loader passed on; what no menu of ours says is a start of Merlin like any other. */
export const menuWish = ({ wish }: MenuFacts): MenuWish =>
  MENU_WISHES.find((known) => known === wish) ?? 'merlin';

/** True when the loader could not check the password: Merlin has to ask for it before it does anything. */
export const isLocked = ({ menu }: MenuFacts): boolean => menu === 'locked';

/** True when somebody proved that he is the administrator, and wants this. */
export const isWanted = (facts: MenuFacts, wish: MenuWish): boolean =>
  facts.menu === 'admin' && menuWish(facts) === wish;
