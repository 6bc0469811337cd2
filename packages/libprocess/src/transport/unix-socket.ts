import { chmod, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { ProcessError, errorText } from '../errors.ts';
import type { Server } from 'node:net';

/** Who may connect unless told otherwise: whoever the runtime runs as. */
export const unixModeDefault = 0o600;

/** A path that a server listens on. */
export interface UnixListener {
  /** Takes the file away, if it still is this server's. */
  remove(): Promise<void>;
}

/**
 * Makes a server listen on a path of the file system. The file appears with its permissions, all at once, in place of one that a
 * server left behind. Rejects with `CONNECTION_FAILED` where somebody listens, or something else is.
 */
export async function listenOnPath(server: Server, path: string, mode: number): Promise<UnixListener> {
  try {
    await checkFree(path);
    // Nobody else gets into the folder, so nobody connects before the permissions are what they are to be.
    const folder = await mkdtemp(join(dirname(path), '.l'));
    try {
      const made = join(folder, 's');
      await listening(server, made);
      await chmod(made, mode);
      await rename(made, path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const { dev, ino } = await lstat(path);
    const remove = async (): Promise<void> => {
      const found = await lstat(path).catch(() => undefined);
      if (found?.dev === dev && found.ino === ino) await unlink(path).catch(() => undefined);
    };
    return { remove };
  } catch (error) {
    throw new ProcessError('CONNECTION_FAILED', `Cannot listen on ${path}: ${errorText(error)}`, { cause: error });
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function checkFree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`there is something else, and no socket: ${basename(path)}`);
  if (await answers(path)) throw new Error('somebody listens there');
}

/** Whether somebody listens on a path. Only a refusal says that nobody does. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}
