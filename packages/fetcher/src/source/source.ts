import type { Identity } from '../users.ts';

/** What a source has to know besides the URI. */
export interface SourceContext {
  /** Ends the transfer, and destroys the stream. */
  signal: AbortSignal;
  redirectsMax: number;
  /** As whom local files are read; as this program when undefined. */
  reader: Identity | undefined;
}

/** The bytes of a URI, on their way. */
export interface Content {
  bytes: AsyncIterable<Uint8Array>;
  /** How many there must be, when the source tells. */
  sizeBytes: number | undefined;
}

/** Starts the transfer of what a path or a URL names. */
export type Source = (location: string, context: SourceContext) => Promise<Content>;
