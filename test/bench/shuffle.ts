import type { Random } from '../helpers/random.ts';

/** A copy in random order: each item gets a random key to sort by. */
export const shuffled = <Item>(items: readonly Item[], random: Random): Item[] =>
  items
    .map((item) => ({ item, key: random.below(2 ** 32) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
