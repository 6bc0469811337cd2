import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Process, Runtime } from '@mesos-ts/libprocess';
import { GrpcConnections, GrpcError } from '@mesos-ts/libprocess/grpc';
import type { GrpcClient, GrpcMethod } from '@mesos-ts/libprocess/grpc';

// Generated code has such a description of each method; any encoding will do.
const identify: GrpcMethod<object, { name: string }> = {
  path: '/csi.v1.Identity/GetPluginInfo',
  serialize: (request) => new TextEncoder().encode(JSON.stringify(request)),
  deserialize: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as { name: string },
};

class Plugin extends Process {
  readonly #client: GrpcClient;

  constructor(connections: GrpcConnections, target: string) {
    super('plugin');
    this.#client = connections.client(target, { owner: this });
  }

  async identify(timeoutMs?: number): Promise<string> {
    const { name } = await this.#client.call(identify, {}, timeoutMs === undefined ? {} : { timeoutMs });
    return name;
  }
}

// A server, as it would be elsewhere.
const server = new Server();
const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
server.addService(
  {
    identify: {
      path: identify.path,
      requestStream: false,
      responseStream: false,
      requestSerialize: json,
      requestDeserialize: () => ({}),
      responseSerialize: json,
      responseDeserialize: () => ({}),
    },
  },
  {
    identify: (_call: unknown, answer: (error: null, value: object) => void) => {
      answer(null, { name: 'disks.example.org' });
    },
  },
);
const port = await new Promise<number>((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
    if (error === null) resolve(bound);
    else reject(error);
  });
});

await using runtime = new Runtime();
const connections = new GrpcConnections(runtime);
const plugin = runtime.spawn(new Plugin(connections, `127.0.0.1:${port}`));
console.log(await runtime.dispatch(plugin, 'identify'));
server.forceShutdown();

// Nobody is there any more. A call waits for a server to come back, as long as its time allows.
await runtime.dispatch(plugin, 'identify', [100]).catch((error: unknown) => {
  if (error instanceof GrpcError) console.log(error.code, error.status);
});
