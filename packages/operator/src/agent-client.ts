import { fieldOf } from './answers.ts';
import { Caller } from './caller.ts';
import { DaemonClient } from './daemon-client.ts';
import { invalid, serverUrl } from './options.ts';
import type {
  AgentCall,
  AgentCall_GetContainers,
  AgentResponse,
  AgentResponse_GetAgent,
  AgentResponse_GetContainers,
  AgentResponse_GetExecutors,
  AgentResponse_GetFrameworks,
  AgentResponse_GetState,
  AgentResponse_GetTasks,
} from '@mesos-ts/protocol';
import type { CallOptions } from './answers.ts';
import type { Resolved } from './options.ts';

// What is answered with a stream, or demands one.
const streamed: ReadonlySet<unknown> = new Set([
  'ATTACH_CONTAINER_INPUT',
  'ATTACH_CONTAINER_OUTPUT',
  'LAUNCH_NESTED_CONTAINER_SESSION',
]);

/** Calls the operator API of an agent; made by `OperatorClient.agent`. Every method rejects as those of `OperatorClient` do. */
export class AgentClient extends DaemonClient {
  readonly #caller: Caller<'mesos.v1.agent.Call'>;

  /** Throws `OPERATOR_OPTIONS_INVALID`. */
  constructor(url: string, options: Resolved) {
    super();
    this.#caller = new Caller([serverUrl(url)], 'mesos.v1.agent.Call', options);
  }

  /** Makes any call that is no stream. What has no answer but that it was done is answered with an empty object. */
  async call(call: AgentCall, { signal }: CallOptions = {}): Promise<AgentResponse> {
    if (streamed.has(call.type)) return invalid(`${call.type} is a stream, which this client has no way for yet`);
    const options = { isRead: /^(?:GET_|LIST_|READ_)/.test(call.type ?? ''), signal };
    return (await this.#caller.ask(call, 'mesos.v1.agent.Response', options)) ?? {};
  }

  /** Frameworks, executors and tasks at one moment. */
  async getState(options?: CallOptions): Promise<AgentResponse_GetState> {
    return fieldOf(await this.call({ type: 'GET_STATE' }, options), 'get_state');
  }

  async getContainers(
    get_containers: AgentCall_GetContainers = {},
    options?: CallOptions,
  ): Promise<AgentResponse_GetContainers> {
    return fieldOf(await this.call({ type: 'GET_CONTAINERS', get_containers }, options), 'get_containers');
  }

  async getFrameworks(options?: CallOptions): Promise<AgentResponse_GetFrameworks> {
    return fieldOf(await this.call({ type: 'GET_FRAMEWORKS' }, options), 'get_frameworks');
  }

  async getExecutors(options?: CallOptions): Promise<AgentResponse_GetExecutors> {
    return fieldOf(await this.call({ type: 'GET_EXECUTORS' }, options), 'get_executors');
  }

  async getTasks(options?: CallOptions): Promise<AgentResponse_GetTasks> {
    return fieldOf(await this.call({ type: 'GET_TASKS' }, options), 'get_tasks');
  }

  async getAgent(options?: CallOptions): Promise<AgentResponse_GetAgent> {
    return fieldOf(await this.call({ type: 'GET_AGENT' }, options), 'get_agent');
  }
}
