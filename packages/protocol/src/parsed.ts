/** The outcome of reading a text: a value, or the reason why the text has none. */
export type Parsed<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string };

/** Wraps a value that was read. */
export function parsed<T>(value: T): Parsed<T> {
  return { value };
}

/** Wraps the reason why a text could not be read. */
export function unparsable(error: string): { readonly error: string } {
  return { error };
}
