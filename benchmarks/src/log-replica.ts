/**
 * One replica of a log as an OS process of its own, with a writer that appends what it is told to: `log-replica.js PORT PATH QUORUM MEMBERS`. It says
 * when it votes, how long its disk took to be read and how much memory it has; a load is answered with what came of it.
 */
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { Log, fixedMembership, levelLogStorage } from '@mesos-ts/replicated-log';
import { tellParent } from './child.ts';
import { runLoad } from './log-load.ts';
import { clock } from './measure.ts';
import type { LogLoad } from './log-load.ts';

/** What it says when it votes. */
export interface ReplicaReady {
  readonly openedMs: number;
  readonly votesMs: number;
  readonly rssBytes: number;
  readonly rssMaxBytes: number;
}

const [port = '', path = '', quorum = '', members = ''] = process.argv.slice(2);
const runtime = await new Runtime({
  transport: new WebSocketTransport({ ip: '127.0.0.1', port: Number(port) }),
}).start();
const start = clock();
const log = Log.open({
  runtime,
  storage: levelLogStorage({ path }),
  quorum: Number(quorum),
  members: fixedMembership(members.split(',')),
  autoInitialize: true,
});
await log.opened();
const openedMs = clock() - start;
await log.recovered();
const writer = log.writer();
let started = false;
process.on('message', (load: LogLoad) => {
  void (async () => {
    while (!started) started = (await writer.start()) !== 'lost';
    process.send?.(
      await runLoad(load, async (data) => {
        if ((await writer.append(data)) === 'demoted') throw new Error('The writer was demoted');
      }),
    );
  })();
});
tellParent({
  openedMs,
  votesMs: clock() - start,
  rssBytes: process.memoryUsage.rss(),
  rssMaxBytes: process.resourceUsage().maxRSS * 1_024,
} satisfies ReplicaReady);
