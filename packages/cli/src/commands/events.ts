import { defineFlags } from '@mesos-ts/flags';
import { toJson } from '@mesos-ts/protocol';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { eventText } from '../event-text.ts';
import { command } from '../program.ts';
import { printable } from '../table.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import type { OperatorEvent } from '@mesos-ts/operator';
import type { Io } from '../io.ts';

/** `mesos events`: what happens in a cluster. */
export const eventsCommand = command({
  name: 'mesos events',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about:
    'Tells what happens in the cluster, a line for each event, until Ctrl-C. When the connection breaks it connects again, and ' +
    'tells the whole state anew; what happened meanwhile is not told one by one.',
  example: 'mesos events --json | jq -c \'select(.type == "TASK_UPDATED")\'',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    return untilInterrupted(io, (signal) => io.pipe(linesOf(client.events({ signal }), flags.json, io), signal));
  },
});

/** Whoever reads slowly is not written for: the events wait in the connection, until the master has enough of that. */
async function* linesOf(
  events: AsyncIterable<OperatorEvent>,
  isJson: boolean,
  io: Io,
): AsyncGenerator<string, void, undefined> {
  let wasThere = false;
  for await (const event of events) {
    if (event.type === 'DISCONNECTED') {
      const { error, retryInMs } = event.disconnected;
      // A cluster that never was there is a mistake of the command line's.
      if (!wasThere) throw error;
      io.stderr(`${printable(error.message)}; trying again in ${Math.ceil(retryInMs / 1_000)}s\n`);
    } else {
      wasThere = true;
      yield isJson ? `${JSON.stringify(toJson('mesos.v1.master.Event', event))}\n` : `${printable(eventText(event))}\n`;
    }
  }
}
