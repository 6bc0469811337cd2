/**
 * Command-line flags, durations and byte sizes as Apache Mesos writes them.
 *
 * A program says what flags it has with {@link defineFlags} and {@link flag}, and {@link loadFlags} reads them from the
 * command line and the environment into a typed object.
 *
 * @module
 */
export { formatBytes, parseBytes } from './bytes.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { FlagsError } from './errors.ts';
export { flag } from './flag.ts';
export { formatHelp } from './help.ts';
export { loadFlags } from './load.ts';
export { nearest } from './nearest.ts';
export { defineFlags, flagsToJson } from './table.ts';

export type { FlagsErrorCode } from './errors.ts';
export type { Flag, FlagOptions } from './flag.ts';
export type { HelpOptions } from './help.ts';
export type { JsonArray, JsonObject, JsonValue, Range } from './kind.ts';
export type { LoadedFlags, LoadOptions } from './load.ts';
export type { Parsed } from './parsed.ts';
export type { FlagTable, FlagValues } from './table.ts';
