import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@mesos-ts/agent';

const work_dir = await mkdtemp(join(tmpdir(), 'agent-'));
const flags = {
  master: '127.0.0.1:5050',
  work_dir,
  ip: '127.0.0.1',
  port: 0,
  resources: 'cpus:2;mem:512;disk:64;ports:[]',
};
const agent = await startAgent({ flags });
// What it will offer once there is a master.
const { resources } = (await (await fetch(`${agent.url}/state`)).json()) as { resources: Record<string, unknown> };
console.log(resources);
await agent.shutdown();
await rm(work_dir, { recursive: true });
