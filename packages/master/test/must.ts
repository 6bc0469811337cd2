/** The value, which a test cannot go on without. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The test expected something here');
  return value;
}
