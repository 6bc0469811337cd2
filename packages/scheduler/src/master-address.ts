import { PID, parseHostPort } from '@mesos-ts/libprocess';
import { masterId } from './constants.ts';
import { SchedulerError } from './errors.ts';

/** Where the master is: `host:port`, `master@host:port`, or the PID of a master of this OS process. */
export type MasterAddress = string | PID;

/** The master's PID. Throws `SCHEDULER_MASTER_INVALID` for a text that cannot be an address. */
export function masterPid(master: MasterAddress): PID {
  if (typeof master !== 'string') return master;
  const text = master.includes('@') ? master : `${masterId}@${master}`;
  const address = parseHostPort(text.slice(text.lastIndexOf('@') + 1));
  if (address === undefined || address.port === 0) {
    throw new SchedulerError('SCHEDULER_MASTER_INVALID', `Expected a master of the form host:port, got '${master}'`);
  }
  return PID.parse(text);
}
