import { errorText } from '@mesos-ts/libprocess';

/** Stable codes of the errors that this package raises. */
export type FetchErrorCode =
  | 'FETCH_ABORTED'
  | 'FETCH_ARCHIVE_CORRUPT'
  | 'FETCH_ARCHIVE_REFUSED'
  | 'FETCH_ARCHIVE_UNSUPPORTED'
  | 'FETCH_CONFLICT'
  | 'FETCH_HTTP_FAILED'
  | 'FETCH_HTTP_STATUS'
  | 'FETCH_IO'
  | 'FETCH_OUTPUT_FILE_INVALID'
  | 'FETCH_REDIRECTS'
  | 'FETCH_SCHEME_UNSUPPORTED'
  | 'FETCH_SOURCE_UNREADABLE'
  | 'FETCH_STALLED'
  | 'FETCH_TOO_LARGE'
  | 'FETCH_TRUNCATED'
  | 'FETCH_URI_INVALID'
  | 'FETCH_USER_UNKNOWN';

/** What a `FetchError` carries besides its code and its reason. */
export interface FetchErrorOptions extends ErrorOptions {
  /** The URI whose fetch failed, when the failure belongs to one. */
  uri?: string;
}

/**
 * The error of a fetch that failed. `message` is fit for a task's status: it names the URI and the reason.
 * Tell failures apart by `code`.
 */
export class FetchError extends Error {
  readonly code: FetchErrorCode;
  /** Why, without the URI. */
  readonly reason: string;
  readonly uri: string | undefined;

  constructor(code: FetchErrorCode, reason: string, options: FetchErrorOptions = {}) {
    super(options.uri === undefined ? reason : `Failed to fetch '${options.uri}': ${reason}`, options);
    this.name = 'FetchError';
    this.code = code;
    this.reason = reason;
    this.uri = options.uri;
  }
}

/** Anything that was thrown while a URI was fetched, as a `FetchError` that names the URI. */
export function asFetchError(thrown: unknown, uri?: string): FetchError {
  // What failed first, when closing what was open failed as well.
  if (thrown instanceof Error && 'suppressed' in thrown) return asFetchError(thrown.suppressed, uri);
  const about = uri === undefined ? {} : { uri };
  if (thrown instanceof FetchError) {
    return thrown.uri === undefined
      ? new FetchError(thrown.code, thrown.reason, { cause: thrown.cause, ...about })
      : thrown;
  }
  return new FetchError('FETCH_IO', ioReason(thrown), { cause: thrown, ...about });
}

/** The text of an error of the file system; a path through an open directory's descriptor says nothing to a reader. */
export function ioReason(thrown: unknown): string {
  return errorText(thrown).replaceAll(/\/proc\/self\/fd\/\d+\/?/g, '');
}

/** The `code` of an error of Node such as `ENOENT`, if it has one. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** A name from an archive or a header, fit for a message: quoted, with control characters escaped, and not too long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}
