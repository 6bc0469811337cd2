import { defineFlags } from '@mesos-ts/flags';
import { toJson } from '@mesos-ts/protocol';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { eventText } from '../event-text.ts';
import { command } from '../program.ts';
import { printJson } from '../show.ts';
import { printable } from '../table.ts';

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
    const interrupt = new AbortController();
    const releases = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
      io.onSignal(signal, () => {
        interrupt.abort();
      }),
    );
    try {
      let wasThere = false;
      for await (const event of client.events({ signal: interrupt.signal })) {
        if (event.type === 'DISCONNECTED') {
          const { error, retryInMs } = event.disconnected;
          // A cluster that never was there is a mistake of the command line's.
          if (!wasThere) throw error;
          io.stderr(`${printable(error.message)}; trying again in ${Math.ceil(retryInMs / 1_000)}s\n`);
        } else {
          wasThere = true;
          if (flags.json) printJson(io, toJson('mesos.v1.master.Event', event));
          else io.stdout(`${printable(eventText(event))}\n`);
        }
      }
      return 0;
    } finally {
      for (const release of releases) release();
    }
  },
});
