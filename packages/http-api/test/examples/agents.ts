import { ApiClient } from '@mesos-ts/http-api';

const client = new ApiClient({
  url: process.env['MESOS_MASTER_URL'] ?? 'http://127.0.0.1:5050',
  path: '/api/v1',
  call: 'mesos.v1.master.Call',
});

const health = await client.ask({ type: 'GET_HEALTH' }, 'mesos.v1.master.Response');
console.log(`healthy: ${health?.get_health?.healthy ?? false}`);

for await (const event of await client.open({ type: 'SUBSCRIBE' }, 'mesos.v1.master.Event')) {
  console.log(event.type);
  if (event.type === 'HEARTBEAT') break;
}
