/** Bounds of what is shown of a value. */
interface Budget {
  /** Values that may still be shown. */
  values: number;
}

const valuesMax = 200;
const depthMax = 8;
const textMax = 500;

/**
 * A copy of a value that is small enough to be shown as JSON, whatever its size: long texts, lists and objects are cut, what is deep
 * becomes `...`, bytes are told by their number.
 */
export function clip(value: unknown): unknown {
  return clipped(value, 0, { values: valuesMax });
}

function clipped(value: unknown, depth: number, budget: Budget): unknown {
  budget.values--;
  if (typeof value === 'string') return value.length > textMax ? `${value.slice(0, textMax)}...` : value;
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function')
    return String(value).slice(0, textMax);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth >= depthMax) return '...';
  if (Array.isArray(value)) return clippedList(value, depth, budget);
  const copy: [string, unknown][] = [];
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (budget.values <= 0) {
      copy.push(['...', '...']);
      break;
    }
    copy.push([key.slice(0, textMax), clipped((value as Record<string, unknown>)[key], depth + 1, budget)]);
  }
  return Object.fromEntries(copy);
}

function clippedList(list: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const copy: unknown[] = [];
  for (const item of list) {
    if (budget.values <= 0) {
      copy.push('...');
      break;
    }
    copy.push(clipped(item, depth + 1, budget));
  }
  return copy;
}
