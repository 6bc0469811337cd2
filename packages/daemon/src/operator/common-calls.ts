/** The calls that both operator APIs, the master's and the agent's, take and answer alike. */
import { forbid, ok, refuse, respond, type Answer } from '../api/answer.ts';
import { buildTimeMs } from '../version.ts';
import { filesView, flagsView, metricsView, versionView } from './views.ts';
import type { Principal } from '@mesos-ts/libprocess';
import type { AgentCall } from '@mesos-ts/protocol';
import type { Approvers } from '../authorization/approvers.ts';
import type { Files } from '../files/files.ts';

/** What these calls are answered with. */
export interface CommonServices {
  readonly files: Pick<Files, 'list' | 'read'>;
  /** The flags that the daemon was started with, as texts. */
  readonly flags: () => Readonly<Record<string, string>>;
  /** All metrics by name; what is not known in time is left out. Without a time they are waited for. */
  readonly metrics: (timeoutMs: number | undefined) => Promise<Readonly<Record<string, number>>>;
  /** How much is logged, as glog's verbose level. */
  readonly loggingLevel: () => Promise<number>;
  /** Sets how much is logged, for a while; answers whether the logger can do so. */
  readonly setLoggingLevel: (level: number, durationMs: number) => Promise<boolean>;
}

/** The part of a call that these need; both `master.Call` and `agent.Call` have it. */
export type CommonCall = Pick<AgentCall, 'get_metrics' | 'list_files' | 'read_file' | 'set_logging_level'>;

/** Who calls. */
export interface Caller {
  readonly principal: Principal | undefined;
  readonly approvers: Approvers;
}

type Handler = (call: CommonCall, caller: Caller, services: CommonServices) => Answer | Promise<Answer>;

/**
 * Handlers by type of call, of calls that were validated.
 * @param name The message that answers are told in.
 */
export function commonCalls(name: 'mesos.v1.agent.Response' | 'mesos.v1.master.Response') {
  return {
    GET_HEALTH: () => respond(name, { type: 'GET_HEALTH', get_health: { healthy: true } }),
    GET_VERSION: () => respond(name, { type: 'GET_VERSION', get_version: versionView(buildTimeMs) }),
    GET_FLAGS: (_call, { approvers }, { flags }) => {
      if (!approvers.approves('VIEW_FLAGS')) return forbid();
      return respond(name, { type: 'GET_FLAGS', get_flags: flagsView(flags()) });
    },
    GET_METRICS: async ({ get_metrics }, _caller, { metrics }) => {
      const timeout = get_metrics?.timeout;
      const timeoutMs = timeout === undefined ? undefined : Math.max(0, timeout.nanoseconds / 1e6);
      return respond(name, { type: 'GET_METRICS', get_metrics: metricsView(await metrics(timeoutMs)) });
    },
    GET_LOGGING_LEVEL: async (_call, _caller, { loggingLevel }) =>
      respond(name, { type: 'GET_LOGGING_LEVEL', get_logging_level: { level: await loggingLevel() } }),
    SET_LOGGING_LEVEL: async ({ set_logging_level }, { approvers }, services) => {
      const { duration, level } = present(set_logging_level);
      if (!approvers.approves('SET_LOG_LEVEL')) return forbid();
      const isSet = await services.setLoggingLevel(level, Math.max(0, duration.nanoseconds / 1e6));
      return isSet ? ok() : refuse(501, 'This logger cannot change its level while it runs');
    },
    LIST_FILES: async ({ list_files }, { principal }, { files }) => {
      const listed = await files.list(present(list_files).path, principal);
      if ('status' in listed) return refuse(listed.status, listed.text);
      return respond(name, { type: 'LIST_FILES', list_files: filesView(listed) });
    },
    READ_FILE: async ({ read_file }, { principal }, { files }) => {
      const { length, offset, path } = present(read_file);
      const part = await files.read(path, offset, length, principal);
      if ('status' in part) return refuse(part.status, part.text);
      return respond(name, { type: 'READ_FILE', read_file: { size: part.size, data: part.bytes } });
    },
  } as const satisfies Record<string, Handler>;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('A call without its field passed validation');
  return value;
}
