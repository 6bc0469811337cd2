import { CliError } from './errors.ts';
import type { FrameworkID, FrameworkInfo } from '@mesos-ts/protocol';

/** The id of the framework that is called so, if there is one. Throws `CLI_NOT_FOUND` when there are several. */
export function frameworkNamed(infos: readonly FrameworkInfo[], name: string): FrameworkID | undefined {
  const ids = infos.flatMap((info) => (info.name === name && info.id !== undefined ? [info.id] : []));
  if (ids.length <= 1) return ids[0];
  const list = ids.map(({ value }) => value).join(', ');
  throw new CliError('CLI_NOT_FOUND', `Several frameworks are called '${name}': ${list}`);
}
