/** Whether two protocol messages say the same. A field that is undefined and one that is absent are alike. */
export function equalMessages(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return Object.is(left, right);
  }
  if (Array.isArray(left)) return Array.isArray(right) && equalLists(left, right);
  if (Array.isArray(right)) return false;
  if (ArrayBuffer.isView(left) || ArrayBuffer.isView(right)) return equalBytes(left, right);
  return equalFields(left as Fields, right as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function equalLists(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (!equalMessages(left[i], right[i])) return false;
  return true;
}

function equalBytes(left: unknown, right: unknown): boolean {
  return left instanceof Uint8Array && right instanceof Uint8Array && Buffer.compare(left, right) === 0;
}

// Messages are plain objects: a loop over all of their names, which makes no list of them, is the fastest.
function equalFields(left: Fields, right: Fields): boolean {
  let set = 0;
  for (const name in left) {
    const value = left[name];
    if (value === undefined) continue;
    if (!equalMessages(value, right[name])) return false;
    set++;
  }
  for (const name in right) if (right[name] !== undefined) set--;
  return set === 0;
}
