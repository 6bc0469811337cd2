import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { Log, MemoryLogStorage, defaultReplicaId, fixedMembership } from '@mesos-ts/replicated-log';

// Three replicas, each on a runtime with an address. On three machines each would know the other two by their addresses.
await using a = await new Runtime({ transport: new WebSocketTransport() }).start();
await using b = await new Runtime({ transport: new WebSocketTransport() }).start();
await using c = await new Runtime({ transport: new WebSocketTransport() }).start();
const members = fixedMembership([a, b, c].map(({ address }) => `${defaultReplicaId}@${address}`));
const open = (runtime: Runtime): Log =>
  // In memory for this example only: a replica that forgets is one that is lost.
  Log.open({ runtime, storage: new MemoryLogStorage(), quorum: 2, members, autoInitialize: true });
const [first, second, third] = [open(a), open(b), open(c)];

// Whoever is started last writes.
const one = first.writer();
console.log('one starts behind', await one.start());
console.log('one appends at', await one.append(Buffer.from('from one')));
const two = second.writer();
console.log('two starts behind', await two.start());
console.log('one is', await one.append(Buffer.from('too late')));
console.log('two appends at', await two.append(Buffer.from('from two')));

// A minority may be lost.
await first.close();
console.log('two appends at', await two.append(Buffer.from('still here')));

// A replica that does not lead catches up, and is read.
const reader = third.reader();
const end = await reader.catchup();
for (const { position, data } of await reader.read(await reader.beginning(), end)) {
  console.log(position, Buffer.from(data).toString());
}
