import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { serveRaw } from './baselines/raw-websocket.ts';
import { RemoteEcho } from './remote-actors.ts';

// The other OS process of the benchmarks with many peers: so many runtimes with an echo each. Tells its parent where, and ends with it.
const echoes: string[] = [];
for (let count = Number(process.argv[2]); count > 0; count--) {
  const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  echoes.push(runtime.spawn(new RemoteEcho()).toString());
}
process.send?.({ echoes, rawPort: await serveRaw() });
process.once('disconnect', () => {
  process.exit(0);
});
