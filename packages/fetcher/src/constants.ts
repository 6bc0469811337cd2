/** How long a download may go without a byte before it is given up; Mesos's `--fetcher_stall_timeout`. */
export const stallTimeoutMsDefault = 60_000;

/** How many redirects in a row are followed. */
export const redirectsMaxDefault = 10;

/** How many URIs of one fetch are downloaded at a time. */
export const concurrentDownloadsMaxDefault = 4;

/** How many bytes all archives of one fetch may unpack to: 64 GiB. */
export const extractedBytesMaxDefault = 64 * 2 ** 30;

/** How many entries all archives of one fetch may have. */
export const archiveEntriesMaxDefault = 1_000_000;

/** How many URIs one fetch may have. */
export const urisMax = 10_000;

/** How many directories deep an archive's entry may lie. */
export const entryDepthMax = 256;

/** The longest target of a symbolic link; Linux's `PATH_MAX`. */
export const linkTargetBytesMax = 4096;

/** How much memory `xz` may use to decompress; `xz -9` needs 65 MiB. */
export const xzMemoryLimit = '256MiB';

/** The start of the name of the directory in the sandbox that holds what is not complete. */
export const stagingPrefix = '.mesos-fetch-';
