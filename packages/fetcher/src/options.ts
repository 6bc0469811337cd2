import type { Clock } from '@mesos-ts/libprocess';
import type { CommandInfo_URI } from '@mesos-ts/protocol';

import type { Identity } from './users.ts';

/**
 * One URI to fetch. `extract` is true unless set to false, and has no effect on an `executable`; `cache` has no effect
 * yet, for there is no cache; `output_file` is the file's path in the sandbox, by default what follows the URI's last slash.
 */
export type FetchUri = CommandInfo_URI;

/** The part of libprocess's clock that a fetch needs. */
export type FetchClock = Pick<Clock, 'cancel' | 'monotonic' | 'timer'>;

/** What bounds a fetch. */
export interface FetchLimits {
  /**
   * How long a download may go without a byte, connecting included, before it is given up; the agent's
   * `--fetcher_stall_timeout`.
   *
   * @default 60000
   */
  stallTimeoutMs?: number;
  /**
   * How many redirects in a row are followed.
   *
   * @default 10
   */
  redirectsMax?: number;
  /**
   * The most bytes of one downloaded or copied file.
   *
   * @default unlimited
   */
  downloadBytesMax?: number;
  /**
   * The most bytes that the archives of one fetch may unpack to.
   *
   * @default 64 GiB
   */
  extractedBytesMax?: number;
  /**
   * The most entries that the archives of one fetch may have.
   *
   * @default 1000000
   */
  archiveEntriesMax?: number;
  /**
   * How many URIs of one fetch are downloaded at a time. What each leaves in the sandbox does not depend on it: the
   * results are put in place in the order of the list.
   *
   * @default 4
   */
  concurrentDownloadsMax?: number;
}

/** How to fetch; the same for every URI of a call. */
export interface FetchOptions extends FetchLimits {
  clock: FetchClock;
  /** The directory that receives the files. It exists. */
  sandboxDirectory: string;
  /** Where relative paths start; the agent's `--frameworks_home`. */
  frameworksHome?: string | undefined;
  /**
   * Who shall own the results, and as whom local files are read. It has an effect only when this program runs as root:
   * nobody else can give files away.
   */
  owner?: Identity | undefined;
  signal?: AbortSignal | undefined;
  /** Is told what happens, a line at a time; a task's user may read it. */
  log?: ((line: string) => void) | undefined;
}
