import { fieldOf } from './answers.ts';
import { Caller } from './caller.ts';
import { invalid, serverUrl } from './options.ts';
import type {
  AgentCall,
  AgentCall_GetContainers,
  AgentResponse,
  AgentResponse_GetAgent,
  AgentResponse_GetContainers,
  AgentResponse_GetExecutors,
  AgentResponse_GetFlags,
  AgentResponse_GetFrameworks,
  AgentResponse_GetMetrics,
  AgentResponse_GetState,
  AgentResponse_GetTasks,
  AgentResponse_GetVersion,
  AgentResponse_ListFiles,
  AgentResponse_ReadFile,
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
export class AgentClient {
  readonly #caller: Caller<'mesos.v1.agent.Call'>;

  /** Throws `OPERATOR_OPTIONS_INVALID`. */
  constructor(url: string, options: Resolved) {
    this.#caller = new Caller([serverUrl(url)], 'mesos.v1.agent.Call', options);
  }

  /** Makes any call that is no stream. What has no answer but that it was done is answered with an empty object. */
  async call(call: AgentCall, { signal }: CallOptions = {}): Promise<AgentResponse> {
    if (streamed.has(call.type)) return invalid(`${call.type} is a stream, which this client has no way for yet`);
    const options = { isRead: /^(?:GET_|LIST_|READ_)/.test(call.type ?? ''), signal };
    return (await this.#caller.ask(call, 'mesos.v1.agent.Response', options)) ?? {};
  }

  /** Whether the agent is healthy. */
  async getHealth(options?: CallOptions): Promise<boolean> {
    return fieldOf(await this.call({ type: 'GET_HEALTH' }, options), 'get_health').healthy;
  }

  async getVersion(options?: CallOptions): Promise<AgentResponse_GetVersion['version_info']> {
    return fieldOf(await this.call({ type: 'GET_VERSION' }, options), 'get_version').version_info;
  }

  async getFlags(options?: CallOptions): Promise<AgentResponse_GetFlags> {
    return fieldOf(await this.call({ type: 'GET_FLAGS' }, options), 'get_flags');
  }

  /** @param timeoutMs How long to wait for metrics that take time; those that are late have no value. */
  async getMetrics(timeoutMs?: number, options?: CallOptions): Promise<AgentResponse_GetMetrics> {
    const get_metrics = timeoutMs === undefined ? {} : { timeout: { nanoseconds: timeoutMs * 1_000_000 } };
    return fieldOf(await this.call({ type: 'GET_METRICS', get_metrics }, options), 'get_metrics');
  }

  /** How much is logged: 0 is the usual. */
  async getLoggingLevel(options?: CallOptions): Promise<number> {
    return fieldOf(await this.call({ type: 'GET_LOGGING_LEVEL' }, options), 'get_logging_level').level;
  }

  async listFiles(path: string, options?: CallOptions): Promise<AgentResponse_ListFiles> {
    return fieldOf(await this.call({ type: 'LIST_FILES', list_files: { path } }, options), 'list_files');
  }

  /** @param range In bytes; without a length, as much as the agent sends at once. */
  async readFile(
    path: string,
    range: { readonly offset?: number; readonly length?: number } = {},
    options?: CallOptions,
  ): Promise<AgentResponse_ReadFile> {
    const { length, offset = 0 } = range;
    const read_file = { path, offset, ...(length === undefined ? {} : { length }) };
    return fieldOf(await this.call({ type: 'READ_FILE', read_file }, options), 'read_file');
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
