import { startLocalCluster } from '@mesos-ts/cli';

await using cluster = await startLocalCluster({ numAgents: 3, resources: 'cpus:2;mem:1024' });
console.log(`Frameworks subscribe at ${cluster.masterAddress}; people look at ${cluster.masterUrl}/state`);
for (const url of cluster.agentUrls) console.log(`An agent serves ${url}`);
// Here the cluster ends, with every task, socket and file.
