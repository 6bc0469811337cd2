import { spawnSystemProcesses, systemProcessesOf } from '@mesos-ts/libprocess/debug';
import { prometheusFamily } from './prometheus-families.ts';
import { buildTimeMs, versionJson } from './version.ts';
import type { ProcessRuntime } from '@mesos-ts/libprocess';
import type { SystemProcessesOptions } from '@mesos-ts/libprocess/debug';

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
