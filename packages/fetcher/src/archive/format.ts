/** What a file's name says about how it is packed. */
export type ArchiveFormat = 'gzip' | 'tar' | 'zip';

const tarNames = ['.tar', '.tgz', '.tar.gz', '.tbz2', '.tar.bz2', '.txz', '.tar.xz'];

/** The format of an archive, told by the end of its name as Mesos's fetcher does; undefined when it is none. */
export function archiveFormat(name: string): ArchiveFormat | undefined {
  if (tarNames.some((end) => name.endsWith(end))) return 'tar';
  if (name.endsWith('.zip')) return 'zip';
  return name.endsWith('.gz') ? 'gzip' : undefined;
}
