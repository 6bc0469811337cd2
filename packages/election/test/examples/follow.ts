import { masterAddress, openDetector, parseElectionAddress } from '@mesos-ts/election';
import { Runtime } from '@mesos-ts/libprocess';

// As --master of an agent: host:port, zk://host:2181/mesos, ...
const { error, value } = parseElectionAddress(process.env['MESOS_MASTER'] ?? '127.0.0.1:5050');
if (error !== undefined || value.kind === 'built-in') throw new Error(error ?? 'expected another address');

await using runtime = new Runtime();
await using detector = await openDetector(value, runtime);
const leader = await detector.detect();
console.log(leader === undefined ? 'nobody leads' : `${masterAddress(leader)} leads`);
