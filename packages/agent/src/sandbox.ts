/** The agent's directories on disk. */
import { chmod, chown, mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { resolveSystemUser } from '@mesos-ts/fetcher';
import { errorText } from '@mesos-ts/libprocess';

import { sandboxMode } from './constants.ts';
import { AgentError } from './errors.ts';
import { agentPath, executorRunPath, latestAgentPath, latestExecutorRunPath, validatePathIds } from './paths.ts';
import type { ExecutorRunIds } from './paths.ts';
import { currentUser } from './users.ts';

/** Makes the directories that the agent needs. `WorkDirectory` makes them on disk. */
export interface Sandboxes {
  /** Makes the directory of an agent id and lets `latest` lead to it. */
  createAgentDirectory(agentId: string): Promise<void>;
  /** Makes a sandbox that belongs to a user and lets the executor's `latest` lead to it. Rejects with `AGENT_SANDBOX_FAILED`. */
  createExecutorDirectory(ids: ExecutorRunIds, user: string | undefined): Promise<void>;
}

/** The directories below a work directory, laid out as in `paths.ts`. */
export class WorkDirectory implements Sandboxes {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async createAgentDirectory(agentId: string): Promise<void> {
    const directory = agentPath(this.#root, agentId);
    await mkdir(directory, { recursive: true });
    await replaceLink(directory, latestAgentPath(this.#root));
  }

  async createExecutorDirectory(ids: ExecutorRunIds, user: string | undefined): Promise<void> {
    const invalid = validatePathIds(ids);
    if (invalid !== undefined) throw new AgentError('AGENT_SANDBOX_FAILED', invalid);
    const directory = executorRunPath(this.#root, ids);
    try {
      await createSandbox(directory, user);
      await replaceLink(directory, latestExecutorRunPath(this.#root, ids));
    } catch (error) {
      const reason = `Failed to create executor directory '${directory}': ${errorText(error)}`;
      throw new AgentError('AGENT_SANDBOX_FAILED', reason, { cause: error });
    }
  }
}

async function createSandbox(directory: string, user: string | undefined): Promise<void> {
  await mkdir(directory, { recursive: true });
  // The mode given to mkdir would be cut by the umask.
  await chmod(directory, sandboxMode);
  if (user === undefined || user === currentUser()) return;
  try {
    const { uid, gid } = await resolveUser(user);
    await chown(directory, uid, gid);
  } catch (error) {
    await rmdir(directory);
    throw new Error(`Failed to chown directory to '${user}': ${errorText(error)}`, { cause: error });
  }
}

async function resolveUser(user: string): Promise<{ uid: number; gid: number }> {
  try {
    return await resolveSystemUser(user);
  } catch (error) {
    throw new Error(`No such user '${user}'`, { cause: error });
  }
}

/** Makes a link, over an older one, so that at no time there is none. */
async function replaceLink(target: string, link: string): Promise<void> {
  const fresh = `${link}.new`;
  await mkdir(dirname(link), { recursive: true });
  await rm(fresh, { force: true });
  await symlink(target, fresh);
  await rename(fresh, link);
}
