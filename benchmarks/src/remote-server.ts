import { Runtime, WebSocketTransport, transportOptionsFromEnvironment } from '@mesos-ts/libprocess';
import { serveRaw } from './baselines/raw-websocket.ts';
import { tellParent } from './child.ts';
import { Echo } from './echo-bench.ts';

// The other OS process of the remote benchmarks: tells its parent where its two echoes are, and ends with it.
const { options } = transportOptionsFromEnvironment(process.env);
const runtime = await new Runtime({ transport: new WebSocketTransport(options) }).start();
const echo = runtime.spawn(new Echo());
tellParent({ echo: echo.toString(), rawPort: await serveRaw() });
