import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { serveRaw } from './baselines/raw-websocket.ts';
import { tellParent } from './child.ts';
import { Echo } from './echo-bench.ts';

// The other OS process of the benchmarks with many peers: so many runtimes with an echo each. Tells its parent where, and ends with it.
const echoes: string[] = [];
for (let count = Number(process.argv[2]); count > 0; count--) {
  const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  echoes.push(runtime.spawn(new Echo()).toString());
}
tellParent({ echoes, rawPort: await serveRaw() });
