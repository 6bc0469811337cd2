import { AgentClient } from './agent-client.ts';
import { fieldOf } from './answers.ts';
import { Caller } from './caller.ts';
import { DaemonClient } from './daemon-client.ts';
import { subscribe } from './events.ts';
import { handleEvent } from './handlers.ts';
import { invalid, resolve, serverUrl } from './options.ts';
import type {
  MasterCall,
  MasterCall_CanPlace,
  MasterCall_Explain,
  MasterResponse,
  MasterResponse_CanPlace,
  MasterResponse_GetAgents,
  MasterResponse_GetExecutors,
  MasterResponse_GetFrameworks,
  MasterResponse_GetMaintenanceSchedule,
  MasterResponse_GetMaintenanceStatus,
  MasterResponse_GetMaster,
  MasterResponse_GetOperations,
  MasterResponse_GetQuota,
  MasterResponse_GetRoles,
  MasterResponse_GetState,
  MasterResponse_GetTasks,
  MasterResponse_GetWeights,
  MasterResponse_Explain,
} from '@mesos-ts/protocol';
import type { CallOptions } from './answers.ts';
import type { OperatorEvent } from './events.ts';
import type { OperatorHandlers } from './handlers.ts';
import type { OperatorClientOptions, Resolved } from './options.ts';

/**
 * Calls the operator API of the master that leads: any of the masters will do, and redirects are followed. Every method rejects with an
 * `OperatorError`, or with the reason of a signal that was aborted. A client holds no connection and needs no closing.
 */
export class OperatorClient extends DaemonClient {
  readonly #options: Resolved;
  readonly #caller: Caller<'mesos.v1.master.Call'>;

  /** Throws `OPERATOR_OPTIONS_INVALID`. */
  constructor(options: OperatorClientOptions) {
    super();
    const { url, urls = [] } = options;
    const all = url === undefined ? urls : [url, ...urls];
    if (all.length === 0) invalid('Expecting the url of a master');
    this.#options = resolve(options);
    this.#caller = new Caller(all.map(serverUrl), 'mesos.v1.master.Call', this.#options);
  }

  /**
   * Makes any call but SUBSCRIBE, which is what `events` does. What has no answer but that it was done is answered with an empty object.
   * A call that asks is made again at another master when a connection breaks; one that changes something only if it cannot have arrived.
   */
  async call(call: MasterCall, { signal }: CallOptions = {}): Promise<MasterResponse> {
    if (call.type === 'SUBSCRIBE') return invalid('SUBSCRIBE has no answer: events() subscribes');
    const options = { isRead: isRead(call.type), signal };
    return (await this.#caller.ask(call, 'mesos.v1.master.Response', options)) ?? {};
  }

  /**
   * What happens in the cluster, from now on. First `SUBSCRIBED` with all that there is, then what changes. When the connection ends or
   * falls silent for two intervals of the heartbeat there is `DISCONNECTED`, and after a wait `SUBSCRIBED` again, with all that there is
   * then: what happened between is not told one by one. Ends when the signal is aborted or the loop is left; throws what waiting
   * cannot mend, such as `OPERATOR_UNAUTHENTICATED`. Who reads slowly keeps nothing in memory: the master ends its stream instead.
   */
  events({ signal }: CallOptions = {}): AsyncGenerator<OperatorEvent, void, undefined> {
    return subscribe(this.#caller, this.#options, signal);
  }

  /**
   * Brings each of the `events` to its handler, one after the other, until the signal is aborted. Rejects with what a handler throws, and
   * as `events` fails.
   */
  async run(handlers: OperatorHandlers, options: CallOptions = {}): Promise<void> {
    for await (const event of this.events(options)) await handleEvent(handlers, event);
  }

  /** A client of the agent at a URL, with the same credentials and options. */
  agent(url: string): AgentClient {
    return new AgentClient(url, this.#options);
  }

  /** Agents, frameworks, executors and tasks at one moment. */
  async getState(options?: CallOptions): Promise<MasterResponse_GetState> {
    return fieldOf(await this.call({ type: 'GET_STATE' }, options), 'get_state');
  }

  async getAgents(options?: CallOptions): Promise<MasterResponse_GetAgents> {
    return fieldOf(await this.call({ type: 'GET_AGENTS' }, options), 'get_agents');
  }

  async getFrameworks(options?: CallOptions): Promise<MasterResponse_GetFrameworks> {
    return fieldOf(await this.call({ type: 'GET_FRAMEWORKS' }, options), 'get_frameworks');
  }

  async getExecutors(options?: CallOptions): Promise<MasterResponse_GetExecutors> {
    return fieldOf(await this.call({ type: 'GET_EXECUTORS' }, options), 'get_executors');
  }

  async getOperations(options?: CallOptions): Promise<MasterResponse_GetOperations> {
    return fieldOf(await this.call({ type: 'GET_OPERATIONS' }, options), 'get_operations');
  }

  async getTasks(options?: CallOptions): Promise<MasterResponse_GetTasks> {
    return fieldOf(await this.call({ type: 'GET_TASKS' }, options), 'get_tasks');
  }

  async getRoles(options?: CallOptions): Promise<MasterResponse_GetRoles> {
    return fieldOf(await this.call({ type: 'GET_ROLES' }, options), 'get_roles');
  }

  /** Mesos leaves the list out where no weight was set. */
  async getWeights(options?: CallOptions): Promise<MasterResponse_GetWeights> {
    return (await this.call({ type: 'GET_WEIGHTS' }, options)).get_weights ?? {};
  }

  async getMaster(options?: CallOptions): Promise<MasterResponse_GetMaster> {
    return fieldOf(await this.call({ type: 'GET_MASTER' }, options), 'get_master');
  }

  async getMaintenanceStatus(options?: CallOptions): Promise<MasterResponse_GetMaintenanceStatus['status']> {
    return fieldOf(await this.call({ type: 'GET_MAINTENANCE_STATUS' }, options), 'get_maintenance_status').status;
  }

  async getMaintenanceSchedule(options?: CallOptions): Promise<MasterResponse_GetMaintenanceSchedule['schedule']> {
    const answer = await this.call({ type: 'GET_MAINTENANCE_SCHEDULE' }, options);
    return fieldOf(answer, 'get_maintenance_schedule').schedule;
  }

  async getQuota(options?: CallOptions): Promise<MasterResponse_GetQuota['status']> {
    return fieldOf(await this.call({ type: 'GET_QUOTA' }, options), 'get_quota').status;
  }

  /** What a framework, or all frameworks of a role, wait for. Of this project: Apache Mesos refuses it. */
  async explain(explain: MasterCall_Explain, options?: CallOptions): Promise<MasterResponse_Explain> {
    return fieldOf(await this.call({ type: 'EXPLAIN', explain }, options), 'explain');
  }

  /** Whether a task with these resources could be launched, now or ever. Of this project: Apache Mesos refuses it. */
  async canPlace(can_place: MasterCall_CanPlace, options?: CallOptions): Promise<MasterResponse_CanPlace> {
    return fieldOf(await this.call({ type: 'CAN_PLACE', can_place }, options), 'can_place');
  }
}

function isRead(type: MasterCall['type']): boolean {
  return type !== undefined && /^(?:GET_|LIST_FILES|READ_FILE|EXPLAIN|CAN_PLACE)/.test(type);
}
