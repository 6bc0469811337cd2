/** Whether two protocol messages say the same. A field that is undefined and one that is absent are alike. */
export function equalMessages(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const rights = new Map<string, unknown>(Object.entries(right));
  for (const key of new Set([...Object.keys(left), ...rights.keys()])) {
    if (!equalMessages((left as Record<string, unknown>)[key], rights.get(key))) return false;
  }
  return true;
}
