import { defineFlags, flag, loadFlags } from '@mesos-ts/flags';

const table = defineFlags({
  port: flag.integer({ default: 5050, min: 0, max: 65535, help: 'Port to listen on.' }),
  work_dir: flag.path({ required: true, help: 'Where to keep state.' }),
  agent_ping_timeout: flag.duration({ default: 15_000, help: 'Time an agent has to answer a ping.' }),
});

const loaded = loadFlags(table, { argv: ['--work_dir=/tmp/mesos', '--agent_ping_timeout=1.5mins'], env: process.env });
if (loaded.kind === 'loaded') console.log(loaded.flags.port, loaded.flags.work_dir, loaded.flags.agent_ping_timeout);
