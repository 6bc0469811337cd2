import { startMaster } from '@mesos-ts/master';
import { tellParent } from './child.ts';

// The other OS process of the failover benchmarks: a master whose registry is in a replicated log, in the folder that it is told.

const [work_dir] = process.argv.slice(2);
const master = await startMaster({
  flags: { ip: '127.0.0.1', port: 0, hostname: 'localhost', registry: 'replicated_log', work_dir },
});
tellParent(master.pid.toString());
