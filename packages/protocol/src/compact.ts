/** Removes the members that are `undefined` from an object made a moment ago, so that no codec has to carry them. */
export function compact<T extends object>(made: T): T {
  for (const [key, value] of Object.entries(made)) if (value === undefined) Reflect.deleteProperty(made, key);
  return made;
}
