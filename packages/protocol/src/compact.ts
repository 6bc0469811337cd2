/** The object without its members that are `undefined`, so that no codec has to carry them; the object itself if it has none. */
export function compact<T extends object>(made: T): T {
  const entries = Object.entries(made);
  if (!entries.some(([, value]) => value === undefined)) return made;
  // A new one: objects that members are deleted from are slow to read for as long as they live.
  const kept: Record<string, unknown> = {};
  for (const [key, value] of entries) if (value !== undefined) kept[key] = value;
  return kept as T;
}
