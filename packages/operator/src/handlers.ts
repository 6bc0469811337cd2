import type { Disconnected, OperatorEvent } from './events.ts';

type Handled = void | Promise<void>;
type Of<T extends OperatorEvent['type']> = Extract<OperatorEvent, { readonly type: T }>;

/** What is done about events, each with what it tells: it is waited for before the next one comes. */
export interface OperatorHandlers {
  /** First, and after each `disconnected`: all that there is then. */
  subscribed?(subscribed: Of<'SUBSCRIBED'>['subscribed']): Handled;
  taskAdded?(added: Of<'TASK_ADDED'>['task_added']): Handled;
  taskUpdated?(updated: Of<'TASK_UPDATED'>['task_updated']): Handled;
  agentAdded?(added: Of<'AGENT_ADDED'>['agent_added']): Handled;
  agentRemoved?(removed: Of<'AGENT_REMOVED'>['agent_removed']): Handled;
  frameworkAdded?(added: Of<'FRAMEWORK_ADDED'>['framework_added']): Handled;
  frameworkUpdated?(updated: Of<'FRAMEWORK_UPDATED'>['framework_updated']): Handled;
  frameworkRemoved?(removed: Of<'FRAMEWORK_REMOVED'>['framework_removed']): Handled;
  /** There are no events for a while. */
  disconnected?(disconnected: Disconnected['disconnected']): Handled;
}

/** Brings an event to its handler. */
export function handleEvent(handlers: OperatorHandlers, event: OperatorEvent): Handled {
  switch (event.type) {
    case 'SUBSCRIBED':
      return handlers.subscribed?.(event.subscribed);
    case 'TASK_ADDED':
      return handlers.taskAdded?.(event.task_added);
    case 'TASK_UPDATED':
      return handlers.taskUpdated?.(event.task_updated);
    case 'AGENT_ADDED':
      return handlers.agentAdded?.(event.agent_added);
    case 'AGENT_REMOVED':
      return handlers.agentRemoved?.(event.agent_removed);
    case 'FRAMEWORK_ADDED':
      return handlers.frameworkAdded?.(event.framework_added);
    case 'FRAMEWORK_UPDATED':
      return handlers.frameworkUpdated?.(event.framework_updated);
    case 'FRAMEWORK_REMOVED':
      return handlers.frameworkRemoved?.(event.framework_removed);
    case 'DISCONNECTED':
      return handlers.disconnected?.(event.disconnected);
  }
}
