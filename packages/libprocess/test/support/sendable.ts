import fc from 'fast-check';

// As JSON writes a name; within a text there is a backslash before the quote.
const refusedName = /"(?:__proto__|prototype)":/;

/** JSON that may be the body of a message: by design what has a name that reaches for a prototype is refused. */
export function sendable(maxDepth?: number): fc.Arbitrary<unknown> {
  return fc
    .jsonValue(maxDepth === undefined ? {} : { maxDepth })
    .filter((value) => !refusedName.test(JSON.stringify(value)));
}
