/** What the operator APIs of both daemons answer alike: the insides of `Response` messages. */
import { versionJson } from '../version.ts';
import type { FileInfo, Flag, Metric, VersionInfo } from '@mesos-ts/protocol';
import type { FileDetails } from '../files/file-info.ts';

/** GET_VERSION. */
export function versionView(buildTimeMs: number): { version_info: VersionInfo } {
  return { version_info: { ...versionJson(buildTimeMs) } };
}

/** GET_FLAGS, of flags by name as texts. */
export function flagsView(flags: Readonly<Record<string, string>>): { flags: Flag[] } {
  return { flags: Object.entries(flags).map(([name, value]) => ({ name, value })) };
}

/** GET_METRICS, of what the metrics said, by name. */
export function metricsView(snapshot: Readonly<Record<string, number>>): { metrics: Metric[] } {
  return { metrics: Object.entries(snapshot).map(([name, value]) => ({ name, value })) };
}

/** LIST_FILES. */
export function filesView(files: readonly FileDetails[]): { file_infos: FileInfo[] } {
  return {
    file_infos: files.map(({ mtime, ...file }) => ({ ...file, mtime: { nanoseconds: mtime * 1e9 } })),
  };
}
