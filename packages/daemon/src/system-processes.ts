import { spawnSystemProcesses, systemProcessesOf } from '@mesos-ts/libprocess/debug';
import { prometheusFamily } from './prometheus-families.ts';
import { buildTimeMs, versionJson } from './version.ts';
import { PID, snapshotOf } from '@mesos-ts/libprocess';
import type { ProcessRuntime } from '@mesos-ts/libprocess';
import type { LoggingProcess, SystemProcessesOptions } from '@mesos-ts/libprocess/debug';
import type { CommonServices } from './operator/common-calls.ts';

/**
 * Spawns the actors that every program of Mesos has beside its own, as its environment asks for them: `/metrics`, `/logging`,
 * `/profiler`, `/memory-profiler`, `/system`, `/version` and `/__processes__`. Those that are there already are left as they are.
 * @param realms The realms of those that only show something and of those that change or slow down something.
 * @param env The program's environment. @default that of this OS process
 */
export function spawnDaemonProcesses(
  runtime: ProcessRuntime,
  realms: Pick<SystemProcessesOptions, 'readonlyRealm' | 'readwriteRealm'> = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const options = systemProcessesOf(env);
  spawnSystemProcesses(runtime, {
    ...options,
    ...realms,
    metrics: { ...options.metrics, prometheus: { prefix: 'mesos', family: prometheusFamily } },
    version: () => versionJson(buildTimeMs),
  });
}

/**
 * What the operator API asks of these actors.
 * @param address Where the runtime is.
 */
export function systemServices(
  runtime: ProcessRuntime,
  address: string,
): Pick<CommonServices, 'loggingLevel' | 'metrics' | 'setLoggingLevel'> {
  const logging = new PID<LoggingProcess>('logging', address);
  return {
    metrics: async (timeoutMs) => snapshotOf(await runtime.metrics.collect({ timeoutMs })),
    loggingLevel: () => runtime.dispatch(logging, 'level'),
    setLoggingLevel: (level, durationMs) => runtime.dispatch(logging, 'setLevel', [level, durationMs]),
  };
}
