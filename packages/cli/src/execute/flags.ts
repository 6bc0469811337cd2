import { defineFlags, flag } from '@mesos-ts/flags';
import { parseResources, validateRole } from '@mesos-ts/protocol';
import { masterFlag } from '../master-flag.ts';

/** The flags of `mesos execute`, with Mesos's names and defaults (Mesos's `src/cli/execute.cpp`). */
export const executeFlags = defineFlags({
  checkpoint: flag.boolean({ default: false, help: 'Whether agents write the framework to disk.' }),
  command: flag.string({ help: 'The command: for the shell, or with --no-shell the path of a program.' }),
  env: flag.json({
    shape: 'object',
    help: `Environment variables of the command, as JSON: '{"NAME": "value"}'.`,
    validate: (value) => {
      const wrong = Object.entries(value).find(([, text]) => typeof text !== 'string');
      return wrong === undefined ? undefined : `Expecting texts only, but '${wrong[0]}' has another value`;
    },
  }),
  kill_after: flag.duration({ min: 0, help: 'Kills the task when it has run for so long, for example 10secs.' }),
  master: masterFlag,
  name: flag.string({ help: "The task's name, which is its id too." }),
  partition_aware: flag.boolean({
    default: true,
    help: 'Whether the task may come back after its agent was out of reach.',
  }),
  principal: flag.string({ help: 'Who the framework is, which it proves to the master with --secret.' }),
  resources: flag.string({
    default: 'cpus:1;mem:128',
    help: 'What the task gets.',
    validate: (text) => parseResources(text).error,
  }),
  role: flag.string({ default: '*', help: 'The role to register in.', validate: validateRole }),
  secret: flag.string({
    help: 'The secret of --principal. Other users of the machine see command lines: rather set MESOS_SECRET.',
  }),
  shell: flag.boolean({
    default: true,
    help: 'Whether the command is for the shell. If not, what follows the flags are its arguments.',
  }),
  task: flag.json({
    shape: 'object',
    help: 'A whole TaskInfo, as JSON or file:///path, instead of --name, --command and --env. It needs no agent_id.',
  }),
  uris: flag.list({ help: 'What the agent fetches into the sandbox before the command starts.' }),
});
