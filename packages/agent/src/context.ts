/** What the parts of the agent share. The actor makes one and gives it to each part; all of it runs in the actor's turn. */
import type { Authorizer, Files } from '@mesos-ts/daemon';
import type { HandlerResult, PID, ProcessRuntime, Timer } from '@mesos-ts/libprocess';
import type { MessageName, MessageOf } from '@mesos-ts/protocol';

import type { ExecutorTokens } from './executors/executor-tokens.ts';
import type { CommandExecutorProgram } from './executors/command-executor.ts';
import type { Containerizer } from './containerizer/containerizer.ts';
import type { PendingOperations } from './containerizer/pending-operations.ts';
import type { AgentFlags } from './flags.ts';
import type { AgentCounters } from './metrics.ts';
import type { Sandboxes } from './sandbox.ts';
import type { AgentState } from './state/agent-state.ts';
import type { TaskStatusUpdateManager } from './status-update-manager/status-update-manager.ts';

/** The services and the state that the agent's parts work with. */
export interface AgentContext {
  readonly self: PID;
  readonly runtime: ProcessRuntime;
  readonly flags: AgentFlags;
  readonly state: AgentState;
  readonly counters: AgentCounters;
  readonly containerizer: Containerizer;
  /** What the containerizer has under way. */
  readonly pending: PendingOperations;
  readonly sandboxes: Sandboxes;
  readonly files: Files;
  readonly statusUpdates: PID<TaskStatusUpdateManager>;
  readonly commandExecutor: CommandExecutorProgram;
  /** Makes and checks the tokens of executors; undefined: they have none. */
  readonly executorTokens: ExecutorTokens | undefined;
  /** Who decides what clients may do; undefined: everybody may do everything. */
  readonly authorizer: Authorizer | undefined;
  /** The id that the master gave; undefined until the agent has registered once. */
  agentId(): string | undefined;
  /** Whether the agent is on its way out. */
  isTerminating(): boolean;
  /** Whether a message came from the master that this agent follows. Says so in the log if not. */
  isFromMaster(from: PID, what: string): boolean;
  /** Sends to the master; dropped while there is none. */
  sendToMaster<N extends MessageName>(name: N, body: MessageOf<N>): void;
  send<N extends MessageName>(to: PID, name: N, body: MessageOf<N>): void;
  link(pid: PID): void;
  delay(delayMs: number, work: () => HandlerResult): Timer;
  cancel(timer: Timer): void;
  /** Runs one of two functions in the actor's turn when a promise settles; neither if the actor has ended by then. */
  later<T>(promise: Promise<T>, succeeded: (value: T) => void, failed: (error: unknown) => void): void;
}
