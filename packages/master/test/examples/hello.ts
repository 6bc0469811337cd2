import { startMaster } from '@mesos-ts/master';

await using master = await startMaster({ flags: { ip: '127.0.0.1', port: 0, cluster: 'hello' } });
const response = await fetch(`${master.url}/state`);
const state = (await response.json()) as { cluster: string; version: string };
console.log(`Cluster ${state.cluster} speaks the language of Mesos ${state.version}`);
