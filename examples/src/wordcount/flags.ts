import { defineFlags, flag } from '@mesos-ts/flags';

/** The flags of the word count. */
export const wordCountFlags = defineFlags({
  input: flag.path({
    help: 'A directory of text files, whose words are counted. By default the documents of this repository.',
  }),
  exit: flag.boolean({ default: false, help: 'End after the job instead of leaving the local cluster up.' }),
  master: flag.string({ help: 'HOST:PORT of the master of a running cluster to run on, instead of a local one.' }),
  ip: flag.string({
    help: 'The IP address at which agents reach this program, which serves them the input.',
    default: '127.0.0.1',
  }),
  num_agents: flag.integer({ default: 3, min: 1, max: 100, help: 'Agents of the local cluster.' }),
  port: flag.integer({ default: 0, min: 0, max: 65_535, help: 'Port of the master of the local cluster; 0 for any.' }),
  shards: flag.integer({
    min: 1,
    max: 100_000,
    help: 'About how many tasks to make. By default it depends on the input.',
  }),
  task_resources: flag.string({ default: 'cpus:1;mem:64', help: 'The resources of each task.' }),
  top: flag.integer({ default: 10, min: 0, max: 10_000, help: 'How many of the most frequent words to print.' }),
});
