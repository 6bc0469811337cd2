import type { MessageName, SchedulerEvent } from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';
import type { AllocatorEvent } from '../allocator/events.ts';
import type { FrameworkConnection } from '../state/framework.ts';
import type { OperatorEvent } from './operator-events.ts';

/** What a timer of the master is about. It carries what tells whether it is still wanted when it is due. */
export type Deadline =
  | { readonly type: 'ping'; readonly agentId: string; readonly incarnation: number }
  | { readonly type: 'agent-reregister'; readonly agentId: string; readonly incarnation: number }
  | { readonly type: 'framework-failover'; readonly frameworkId: string; readonly subscriptions: number }
  | { readonly type: 'heartbeat'; readonly frameworkId: string; readonly subscriptions: number }
  | { readonly type: 'reconcile'; readonly frameworkId: string; readonly subscriptions: number }
  | { readonly type: 'offer'; readonly offerId: string }
  | { readonly type: 'inverse-offer'; readonly offerId: string }
  | { readonly type: 'recovered-agents' }
  | { readonly type: 'allocator-recovery' }
  | { readonly type: 'registry-gc' };

/** What the master's actor has to do after an event, in order. */
export type Effect =
  /** Send a message to an actor. */
  | { readonly type: 'send'; readonly to: PID; readonly name: MessageName; readonly body: unknown }
  /** Send an event to a scheduler. */
  | { readonly type: 'event'; readonly to: FrameworkConnection; readonly event: SchedulerEvent }
  /** End the connection to a scheduler. */
  | { readonly type: 'close'; readonly connection: FrameworkConnection }
  | { readonly type: 'link'; readonly pid: PID }
  | { readonly type: 'unlink'; readonly pid: PID }
  /** Set a timer; one of the same name is replaced. */
  | { readonly type: 'start-timer'; readonly name: string; readonly delayMs: number; readonly deadline: Deadline }
  | { readonly type: 'stop-timer'; readonly name: string }
  | { readonly type: 'allocator'; readonly event: AllocatorEvent }
  /** Tell the operators who subscribed. */
  | { readonly type: 'publish'; readonly event: OperatorEvent }
  /** Count something under `master/<name>`. */
  | { readonly type: 'count'; readonly name: string }
  /** Take back that an agent is to be marked unreachable. */
  | { readonly type: 'cancel-unreachable'; readonly agentId: string }
  /** End the master: it cannot go on, or must not. */
  | { readonly type: 'end'; readonly text: string }
  | { readonly type: 'log'; readonly level: 'info' | 'warn'; readonly text: string };

/** The name of the timer of a deadline: there is one timer for each thing that can be due. */
export function timerName(deadline: Deadline): string {
  if ('offerId' in deadline) return `${deadline.type} ${deadline.offerId}`;
  if ('agentId' in deadline) return `${deadline.type} ${deadline.agentId}`;
  return 'frameworkId' in deadline ? `${deadline.type} ${deadline.frameworkId}` : deadline.type;
}
