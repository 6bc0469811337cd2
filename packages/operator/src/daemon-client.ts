import { fieldOf } from './answers.ts';
import type {
  AgentCall,
  AgentResponse,
  AgentResponse_GetFlags,
  AgentResponse_GetMetrics,
  AgentResponse_GetVersion,
  AgentResponse_ListFiles,
  AgentResponse_ReadFile,
} from '@mesos-ts/protocol';
import type { CallOptions } from './answers.ts';

/** The calls that masters and agents both know, with the answers to them: their messages are alike, field by field. */
type SharedCall = Pick<AgentCall, 'get_metrics' | 'list_files' | 'read_file'> & {
  readonly type:
    | 'GET_FLAGS'
    | 'GET_HEALTH'
    | 'GET_LOGGING_LEVEL'
    | 'GET_METRICS'
    | 'GET_VERSION'
    | 'LIST_FILES'
    | 'READ_FILE';
};

type SharedResponse = Pick<
  AgentResponse,
  'get_flags' | 'get_health' | 'get_logging_level' | 'get_metrics' | 'get_version' | 'list_files' | 'read_file'
>;

/** What can be asked of a master as of an agent. */
export abstract class DaemonClient {
  abstract call(call: SharedCall, options?: CallOptions): Promise<SharedResponse>;

  /** Whether the daemon is healthy. */
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

  /** @param range In bytes; without a length, as much as the daemon sends at once. */
  async readFile(
    path: string,
    range: { readonly offset?: number; readonly length?: number } = {},
    options?: CallOptions,
  ): Promise<AgentResponse_ReadFile> {
    const { length, offset = 0 } = range;
    const read_file = { path, offset, ...(length === undefined ? {} : { length }) };
    return fieldOf(await this.call({ type: 'READ_FILE', read_file }, options), 'read_file');
  }
}
