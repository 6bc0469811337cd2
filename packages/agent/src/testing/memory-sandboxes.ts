import type { ExecutorRunIds } from '../paths.ts';
import type { Sandboxes } from '../sandbox.ts';

/** Sandboxes that exist by name only. */
export class MemorySandboxes implements Sandboxes {
  readonly agents: string[] = [];
  readonly runs: (ExecutorRunIds & { readonly user: string | undefined })[] = [];
  /** Decides which sandboxes cannot be made, by throwing, and how long the others take. */
  refuse: (ids: ExecutorRunIds) => Promise<void> | void = () => undefined;

  createAgentDirectory(agentId: string): Promise<void> {
    this.agents.push(agentId);
    return Promise.resolve();
  }

  async createExecutorDirectory(ids: ExecutorRunIds, user: string | undefined): Promise<void> {
    await this.refuse(ids);
    this.runs.push({ ...ids, user });
  }
}
