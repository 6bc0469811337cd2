// Sets of texts as sorted lists without duplicates.

/** A normalised set of texts. */
export type ItemSet = readonly string[];

const byCode = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The set of these items. */
export function itemSetOf(items: readonly string[]): ItemSet {
  return [...new Set(items)].toSorted(byCode);
}

/** The items of either side. */
export function uniteItems(left: ItemSet, right: ItemSet): ItemSet {
  return itemSetOf([...left, ...right]);
}

/** The items of the left side that the right side lacks. */
export function withoutItems(left: ItemSet, right: ItemSet): ItemSet {
  const removed = new Set(right);
  return left.filter((item) => !removed.has(item));
}

/** Whether the left side has every item of the right side. */
export function coversItems(left: ItemSet, right: ItemSet): boolean {
  const present = new Set(left);
  return right.every((item) => present.has(item));
}

/** The items that both sides have. */
export function intersectItems(left: ItemSet, right: ItemSet): ItemSet {
  const present = new Set(right);
  return left.filter((item) => present.has(item));
}
