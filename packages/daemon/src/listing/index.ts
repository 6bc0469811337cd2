/**
 * Answers that are long lists, such as the whole state: they are kept as blocks of bytes, of which those that nothing has changed in stay as
 * they are, in plain and compressed by gzip alike, and they are sent in turns with everything else.
 *
 * @module
 */
export { Composer, fieldPrefix, keptMs, lengthOf, wholeAnswer } from './composer.ts';
export { listingResponse } from './response.ts';
export { fieldTag } from './section.ts';
export { jsonText, listKind, literal, messageText } from './texts.ts';
export { eventLoopTurn } from './turn.ts';

export type { Composed, ComposerOptions, ListingAnswer, Part, Sight } from './composer.ts';
export type { ListingResponseOptions } from './response.ts';
export type { Kind, Section, SectionWriter } from './section.ts';
export type { ListKind } from './texts.ts';
