/** How many of the best hits are likely to be in one leaf. Pure. */

/** In so many of the searches one of the leaves has more of the hits than that. */
const EXCEEDED_SHARE = 0.01;

/**
 * Ids are hashed to shards, so a leaf's share of the best `limit` is binomially distributed, with a chance of 1 in `shards` each.
 * Answers the least number that one of the leaves exceeds in at most `EXCEEDED_SHARE` of the searches (by the union
 * bound): 10 of 10 with one shard, 5 with 16, 3 with 100. Whatever more a leaf sends is in vain nearly always; where it is
 * not, the leaf is asked again.
 */
export function leafShare(limit: number, shards: number): number {
  if (shards === 1 || limit === 0) return limit;
  const odds = 1 / (shards - 1);
  let chance = (1 - 1 / shards) ** limit;
  let above = 1 - chance;
  for (let count = 0; count < limit; count++) {
    if (shards * above <= EXCEEDED_SHARE) return count;
    chance *= ((limit - count) / (count + 1)) * odds;
    above -= chance;
  }
  return limit;
}
