import { HelpProcess } from '../http/help-process.ts';
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
  /** The realm of endpoints that only show something, `/metrics` and `/__processes__`. @default everybody may use them */
  readonly readonlyRealm?: string | undefined;
  /** The realm of endpoints that change or slow down something: `/logging` and the profilers. @default everybody may use them */
  readonly readwriteRealm?: string | undefined;
  /** Who may profile is a question of trust: it slows the program down. @default nobody */
  readonly profiler?: ProfilerOptions;
  /** Serves `/memory-profiler`. A heap snapshot has every secret of the program in it, and stops it while it is taken. @default not */
  readonly memoryProfiler?: MemoryProfilerOptions | undefined;
  /** What `/version` shows. @default no `/version` */
  readonly version?: (() => unknown) | undefined;
}

/**
 * Spawns the actors that libprocess has in every program: `help`, `metrics`, `logging`, `profiler`, `memory-profiler`, `system`,
 * `version` and `__processes__`. Those whose names are taken already are left as they are.
 */
export function spawnSystemProcesses(runtime: ProcessRuntime, options: SystemProcessesOptions = {}): void {
  const { memoryProfiler, metrics, profiler, version } = options;
  const spawn = (id: string, make: () => Process): void => {
    if (!runtime.has(id)) runtime.spawn(make());
  };
  const reads = { realm: options.readonlyRealm };
  const changes = { realm: options.readwriteRealm };
  spawn('help', () => new HelpProcess());
  spawn('metrics', () => new MetricsProcess({ ...reads, ...metrics }));
  spawn('logging', () => new LoggingProcess(changes));
  spawn('profiler', () => new ProfilerProcess({ ...changes, ...profiler }));
  if (memoryProfiler !== undefined) {
    spawn('memory-profiler', () => new MemoryProfilerProcess({ ...changes, ...memoryProfiler }));
  }
  spawn('system', () => new SystemProcess());
  if (version !== undefined) spawn('version', () => new VersionProcess(version));
  spawn('__processes__', () => new ProcessesProcess(reads));
}
