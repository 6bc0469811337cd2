import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startMaster } from '@mesos-ts/master';
import { tellParent } from './child.ts';

// The other OS process of the failover benchmarks: a master whose registry is in a replicated log, in the folder that it is told. It
// tells how long its event loop stood still at most, in milliseconds, since it was asked before.

const [work_dir] = process.argv.slice(2);
const master = await startMaster({
  flags: { ip: '127.0.0.1', port: 0, hostname: 'localhost', registry: 'replicated_log', work_dir },
});
const stalls = monitorEventLoopDelay({ resolution: 1 });
stalls.enable();
process.on('message', () => {
  process.send?.(stalls.max / 1e6);
  stalls.reset();
});
tellParent(master.pid.toString());
