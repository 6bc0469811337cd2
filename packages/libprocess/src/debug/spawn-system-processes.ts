import { MetricsProcess } from '../metrics/metrics-process.ts';
import { LoggingProcess } from './logging-process.ts';
import { MemoryProfilerProcess } from './memory-profiler-process.ts';
import { ProcessesProcess } from './processes-process.ts';
import { ProfilerProcess } from './profiler-process.ts';
import { SystemProcess } from './system-process.ts';
import { VersionProcess } from './version-process.ts';
import type { Process, ProcessRuntime } from '../actor/process.ts';
import type { MetricsProcessOptions } from '../metrics/metrics-process.ts';
import type { MemoryProfilerOptions } from './memory-profiler-process.ts';
import type { ProfilerOptions } from './profiler-process.ts';

/** Options of `spawnSystemProcesses`. */
export interface SystemProcessesOptions {
  readonly metrics?: MetricsProcessOptions;
  /** Who may profile is a question of trust: it slows the program down. @default nobody */
  readonly profiler?: ProfilerOptions;
  /** Serves `/memory-profiler`. A heap snapshot has every secret of the program in it, and stops it while it is taken. @default not */
  readonly memoryProfiler?: MemoryProfilerOptions | undefined;
  /** What `/version` shows. @default no `/version` */
  readonly version?: (() => unknown) | undefined;
}

/**
 * Spawns the actors that libprocess has in every program: `metrics`, `logging`, `profiler`, `memory-profiler`, `system`, `version` and
 * `__processes__`. Those whose names are taken already are left as they are.
 */
export function spawnSystemProcesses(runtime: ProcessRuntime, options: SystemProcessesOptions = {}): void {
  const { memoryProfiler, metrics, profiler, version } = options;
  const spawn = (id: string, make: () => Process): void => {
    if (!runtime.has(id)) runtime.spawn(make());
  };
  spawn('metrics', () => new MetricsProcess(metrics));
  spawn('logging', () => new LoggingProcess());
  spawn('profiler', () => new ProfilerProcess(profiler));
  if (memoryProfiler !== undefined) spawn('memory-profiler', () => new MemoryProfilerProcess(memoryProfiler));
  spawn('system', () => new SystemProcess());
  if (version !== undefined) spawn('version', () => new VersionProcess(version));
  spawn('__processes__', () => new ProcessesProcess());
}
