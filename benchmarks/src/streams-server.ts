import { startMaster } from '@mesos-ts/master';
import { serveRawStreams } from './baselines/raw-streams.ts';
import { tellParent } from './child.ts';

// The other OS process of the benchmark of scheduler streams: a master, and a server that decides nothing.
const master = await startMaster({ flags: { ip: '127.0.0.1', hostname: 'localhost', port: 0 } });
tellParent({ url: `${master.url}/api/v1/scheduler`, rawUrl: `http://127.0.0.1:${await serveRawStreams()}/` });
