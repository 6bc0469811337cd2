import { defineFlags } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import { command } from '../program.ts';
import { openSession, replicaFlags } from './log-session.ts';

/** `mesos-log replica`: runs a replica until it is told to end. */
export const replicaCommand = command({
  name: 'mesos-log replica',
  flags: defineFlags(replicaFlags),
  about:
    'Runs one replica of a log. It votes and keeps what the others write, and ends with its disk or on Ctrl-C, which loses nothing.',
  example:
    'mesos-log replica --path=/var/lib/log --quorum=2 --replicas=10.0.0.1:5060,10.0.0.2:5060,10.0.0.3:5060 --ip=10.0.0.1 --port=5060',
  run: async (flags, _rest, io, env) => {
    const interrupted = new AbortController();
    const interruption = new Promise<'interrupted'>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        io.onSignal(signal, () => {
          interrupted.abort();
          resolve('interrupted');
        });
      }
    });
    const session = await openSession(flags, env, io);
    try {
      io.stderr(`The replica is at ${session.address} and recovers\n`);
      session.log.recovered({ signal: interrupted.signal }).then(
        () => {
          io.stderr('The replica votes\n');
        },
        // Whoever has ended it tells why.
        () => undefined,
      );
      if ((await Promise.race([interruption, session.ended])) === 'interrupted') {
        io.stderr('Ending the replica\n');
        return 0;
      }
      const failure: unknown = await session.log.opened().catch((error: unknown) => error);
      io.stderr(`mesos-log replica: the replica has ended: ${errorText(failure)}\n`);
      return 1;
    } finally {
      await session.close();
    }
  },
});
