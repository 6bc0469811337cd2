import { errorText, parseHostPort } from '@mesos-ts/libprocess';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { SchedulerError } from './errors.ts';

/**
 * The IP address of this machine from which it reaches `host:port`. Nothing is sent: connecting a datagram socket only asks the
 * system for a route. Throws `SCHEDULER_MASTER_UNKNOWN` when the name cannot be resolved or no route leads there.
 */
export async function localIpTowards(address: string): Promise<string> {
  const target = parseHostPort(address);
  if (target === undefined)
    throw new SchedulerError('SCHEDULER_MASTER_INVALID', `Expected host:port, got '${address}'`);
  try {
    const { address: ip, family } = await lookup(target.host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      socket.connect(target.port, ip);
      await once(socket, 'connect');
      return socket.address().address;
    } finally {
      socket.close();
    }
  } catch (error) {
    const reason = errorText(error);
    throw new SchedulerError('SCHEDULER_MASTER_UNKNOWN', `Cannot reach the master at ${address}: ${reason}`, {
      cause: error,
    });
  }
}
