/**
 * Where things are below the agent's work directory, as Mesos lays them out (`src/slave/paths.hpp`):
 *
 * ```
 * work_dir/slaves/latest -> <agent id>
 * work_dir/slaves/<agent id>/frameworks/<framework id>/executors/<executor id>/runs/latest -> <container id>
 * work_dir/slaves/<agent id>/frameworks/<framework id>/executors/<executor id>/runs/<container id>   (a sandbox)
 * ```
 */
import { posix } from 'node:path';

import { validateId } from '@mesos-ts/protocol';

/** What names the sandbox of one run of an executor. */
export interface ExecutorRunIds {
  readonly agentId: string;
  readonly frameworkId: string;
  readonly executorId: string;
  readonly containerId: string;
}

const latest = 'latest';

/** The directory of everything that runs under this agent id. */
export function agentPath(workDir: string, agentId: string): string {
  return posix.join(workDir, 'slaves', agentId);
}

/** The link to the directory of the newest agent id. */
export function latestAgentPath(workDir: string): string {
  return posix.join(workDir, 'slaves', latest);
}

/** The directory of a framework. */
function frameworkPath(workDir: string, agentId: string, frameworkId: string): string {
  return posix.join(agentPath(workDir, agentId), 'frameworks', frameworkId);
}

/** The directory of an executor, over all its runs. */
function executorPath(workDir: string, ids: Omit<ExecutorRunIds, 'containerId'>): string {
  return posix.join(frameworkPath(workDir, ids.agentId, ids.frameworkId), 'executors', ids.executorId);
}

/** The directory of one run of an executor: its sandbox. */
export function executorRunPath(workDir: string, ids: ExecutorRunIds): string {
  return posix.join(executorPath(workDir, ids), 'runs', ids.containerId);
}

/** The link to the newest run of an executor. */
export function latestExecutorRunPath(workDir: string, ids: Omit<ExecutorRunIds, 'containerId'>): string {
  return posix.join(executorPath(workDir, ids), 'runs', latest);
}

/** The path under which `/files` shows the newest run of an executor, whatever the work directory and agent id. */
export function executorVirtualPath(frameworkId: string, executorId: string): string {
  return posix.join('/frameworks', frameworkId, 'executors', executorId, 'runs', latest);
}

/** The path under which `/files` shows one run of an executor. */
export function executorRunVirtualPath(frameworkId: string, executorId: string, containerId: string): string {
  return posix.join('/frameworks', frameworkId, 'executors', executorId, 'runs', containerId);
}

/** Says which of these ids cannot be the name of its directory, and why, or nothing. */
export function validatePathIds(ids: ExecutorRunIds): string | undefined {
  const names = { 'agent id': ids.agentId, 'framework id': ids.frameworkId, 'executor id': ids.executorId };
  for (const [name, id] of Object.entries({ ...names, 'container id': ids.containerId })) {
    const error = validateId(id);
    if (error !== undefined) return `Invalid ${name}: ${error}`;
  }
  // These two stand beside a link of that name.
  if (ids.agentId === latest || ids.containerId === latest) return `Invalid id: '${latest}' is disallowed`;
  return undefined;
}
