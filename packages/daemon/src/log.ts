import { createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { SystemClock, streamLogger } from '@mesos-ts/libprocess';
import { ensureDirectory } from './directory.ts';
import { logFile, type CommonFlags } from './flags.ts';
import type { Logger } from '@mesos-ts/libprocess';

/** The log of a program. */
export interface ProgramLog {
  readonly logger: Logger;
  /** Resolves when all lines are in the file, or never will be. */
  close(): Promise<void>;
}

/**
 * A log on stderr, and in a file where the flags ask for one. A file that cannot be written is told on stderr, and the program goes on.
 * @throws when its directory cannot be made.
 */
export function openLog(
  flags: Pick<CommonFlags, 'log_dir'>,
  daemon: string,
  stderr: (text: string) => void,
): ProgramLog {
  const clock = new SystemClock();
  const path = logFile(flags, daemon);
  if (path !== undefined) ensureDirectory(dirname(path));
  const file = path === undefined ? undefined : createWriteStream(path, { flags: 'a' });
  file?.on('error', (error) => {
    stderr(`Cannot write the log to '${path}': ${error.message}\n`);
  });
  const write = (line: string): void => {
    stderr(line);
    if (file?.writable === true) file.write(line);
  };
  return {
    logger: streamLogger({ write, now: () => clock.now(), component: daemon }),
    close: () =>
      new Promise((resolve) => {
        if (file === undefined) resolve();
        else
          file.end(() => {
            resolve();
          });
      }),
  };
}
