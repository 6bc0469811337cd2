import { check, decode, encode, parseResources, Resources, toJson } from '@mesos-ts/protocol';

const agent = parseResources('cpus:4;mem:2048;ports:[31000-32000]');
if (agent.error !== undefined) throw new Error(agent.error);
const wanted = Resources.of([{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.5 } }]);
const found = agent.value.find(wanted) ?? Resources.empty;
console.log(String(agent.value.subtract(found))); // cpus:3.5; mem:2048; ports:[31000-32000]

const call = check('mesos.v1.scheduler.Call', { type: 'DECLINE', decline: { offer_ids: [{ value: 'o1' }] } });
console.log(JSON.stringify(toJson('mesos.v1.scheduler.Call', call)));
console.log(decode('mesos.v1.scheduler.Call', encode('mesos.v1.scheduler.Call', call)).decline?.offer_ids);
