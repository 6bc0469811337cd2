import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seconds } from './v0-json/json.ts';

/** The version of Mesos whose interfaces the daemons have: dotted numbers, since clients read each part as an integer. */
export const mesosVersion = '1.12.0';

/** What `/version` and `/state` tell of a program. */
export interface VersionJson {
  readonly version: string;
  /** `YYYY-MM-DD hh:mm:ss`, UTC. */
  readonly build_date: string;
  /** In seconds since the Unix epoch. */
  readonly build_time: number;
  readonly build_user: string;
}

/** What `/version` shows of a program that was compiled at a time, in milliseconds since the Unix epoch. */
export function versionJson(buildTimeMs: number): VersionJson {
  const [day = '', time = ''] = new Date(buildTimeMs).toISOString().split(/[T.]/);
  return {
    version: mesosVersion,
    build_date: `${day} ${time}`,
    build_time: seconds(buildTimeMs),
    // Nobody notes who compiles a package of Node.js; clients expect a text.
    build_user: '',
  };
}

/** When this package was compiled, which both programs tell as their own build time; in milliseconds since the Unix epoch. */
export const buildTimeMs = statSync(fileURLToPath(import.meta.url)).mtimeMs;
