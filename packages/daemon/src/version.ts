import { readFileSync, statSync } from 'node:fs';
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
  /** The commit of which it was built, where that is known. */
  readonly git_sha?: string;
  readonly git_branch?: string;
  readonly git_tag?: string;
}

/** Reads what the build has noted of the commit, as far as there is anything. */
export function gitOf(file: string): Pick<VersionJson, 'git_branch' | 'git_sha' | 'git_tag'> {
  let info: unknown;
  try {
    info = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Built outside of a clone.
    return {};
  }
  if (typeof info !== 'object' || info === null) return {};
  const known = Object.entries(info).filter(([name, value]) => gitNames.has(name) && typeof value === 'string');
  return Object.fromEntries(known);
}

const gitNames = new Set(['git_branch', 'git_sha', 'git_tag']);
const git = gitOf(fileURLToPath(new URL('build-info.json', import.meta.url)));

/** What `/version` shows of a program that was compiled at a time, in milliseconds since the Unix epoch. */
export function versionJson(buildTimeMs: number): VersionJson {
  const [day = '', time = ''] = new Date(buildTimeMs).toISOString().split(/[T.]/);
  return {
    version: mesosVersion,
    build_date: `${day} ${time}`,
    build_time: seconds(buildTimeMs),
    // Nobody notes who compiles a package of Node.js; clients expect a text.
    build_user: '',
    ...git,
  };
}

/** When this package was compiled, which both programs tell as their own build time; in milliseconds since the Unix epoch. */
export const buildTimeMs = statSync(fileURLToPath(import.meta.url)).mtimeMs;
