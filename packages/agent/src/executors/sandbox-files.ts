/** Shows sandboxes among the agent's files, under the real paths and under ones without the work directory and the agent's id. */
import { approversOf } from '@mesos-ts/daemon';
import type { FilesPermission } from '@mesos-ts/daemon';

import type { AgentContext } from '../context.ts';
import { executorRunVirtualPath, executorVirtualPath, latestExecutorRunPath } from '../paths.ts';
import type { ExecutorState } from '../state/executor-state.ts';

/** Shows the sandbox of a run, which is the executor's newest. */
export function attachSandbox(context: AgentContext, executor: ExecutorState, agentId: string): void {
  const { frameworkId, id: executorId, containerId, directory } = executor;
  const latest = latestExecutorRunPath(context.flags.work_dir, { agentId, frameworkId, executorId });
  const virtual = [
    executorVirtualPath(frameworkId, executorId),
    executorRunVirtualPath(frameworkId, executorId, containerId),
  ];
  // Of the run, not of what is here when somebody looks: sandboxes outlive their executors.
  const framework_info = context.state.frameworks.get(frameworkId)?.info;
  const permission: FilesPermission = (principal) => {
    const { approves } = approversOf(context.authorizer, principal);
    return framework_info === undefined
      ? approves('ACCESS_SANDBOX')
      : approves('ACCESS_SANDBOX', { framework_info, executor_info: executor.info });
  };
  for (const path of [directory, latest, ...virtual]) context.files.attach(directory, path, permission);
}

/** Stops showing the sandbox of a run that is forgotten; and what leads to the executor's newest run, if no run of it is known. */
export function detachSandbox(context: AgentContext, executor: ExecutorState, hasOtherRuns: boolean): void {
  const { frameworkId, id: executorId, containerId, directory } = executor;
  context.files.detach(directory);
  context.files.detach(executorRunVirtualPath(frameworkId, executorId, containerId));
  const agentId = context.agentId();
  if (hasOtherRuns || agentId === undefined) return;
  context.files.detach(executorVirtualPath(frameworkId, executorId));
  context.files.detach(latestExecutorRunPath(context.flags.work_dir, { agentId, frameworkId, executorId }));
}
