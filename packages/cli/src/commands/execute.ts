import { SystemClock, streamLogger } from '@mesos-ts/libprocess';
import type { FrameworkInfo_Capability } from '@mesos-ts/protocol';
import { runScheduler } from '@mesos-ts/scheduler';
import { CommandScheduler } from '../execute/command-scheduler.ts';
import { executeFlags } from '../execute/flags.ts';
import { taskOf } from '../execute/task.ts';
import type { ExecuteFlags } from '../execute/task.ts';
import type { SchedulerOptions } from '@mesos-ts/scheduler';
import type { Io, Variables } from '../io.ts';
import { schedulerMaster } from '../master-flag.ts';
import { command, refuse } from '../program.ts';
import { tlsOf } from '../transport.ts';

const name = 'mesos execute';

/** Arguments of a program that is run without a shell. */
const argumentsMax = 10_000;

/** `mesos execute`: runs one task and tells what becomes of it. */
export const executeCommand = command({
  name,
  flags: executeFlags,
  about: 'Runs a command as a task and prints its status updates. The exit status is 0 only if the task has finished.',
  example: "mesos execute --name=hello --command='echo hello'",
  usage: '--name=NAME --command=COMMAND [options] [arguments of a command without shell]',
  positionalsMax: argumentsMax,
  run: async (flags, rest, io, env) => {
    const { task, error } = taskOf(flags, rest);
    if (error !== undefined) return refuse(io, name, error);
    const { principal, secret } = flags;
    if (secret !== undefined && principal === undefined)
      return refuse(io, name, '--secret is of no use without --principal');
    const clock = new SystemClock();
    const master = schedulerMaster(flags.master);
    const http = await httpOf(master, env);
    const scheduler = new CommandScheduler({
      master,
      ...(http === undefined ? {} : { http }),
      framework: {
        name: task.name,
        roles: [flags.role],
        ...(principal === undefined ? {} : { principal }),
        checkpoint: flags.checkpoint,
        capabilities: capabilitiesOf(flags),
      },
      ...(principal === undefined || secret === undefined ? {} : { credential: { principal, secret } }),
      task,
      killAfterMs: flags.kill_after,
      print: (text) => {
        io.stdout(text);
      },
    });
    const logger = streamLogger({
      write: (line) => {
        io.stderr(line);
      },
      now: () => clock.now(),
      component: 'execute',
      level: 'warn',
    });
    const leave = new AbortController();
    const release = onInterrupt(io, scheduler, leave);
    await runScheduler(scheduler, { logger, signal: leave.signal });
    release();
    return scheduler.state === 'TASK_FINISHED' ? 0 : 1;
  },
});

/** How TLS is spoken to masters that are written as `https://...`: with the certificates of the environment, as other commands do. */
async function httpOf(master: string | readonly string[], env: Variables): Promise<SchedulerOptions['http']> {
  if (typeof master === 'string' || master[0]?.startsWith('https:') !== true) return undefined;
  const tls = await tlsOf(env, true);
  return tls === undefined ? undefined : { tls };
}

/** The first interrupt kills the task, if there is one; the next leaves at once, which ends the framework too. */
function onInterrupt(io: Io, scheduler: CommandScheduler, leave: AbortController): () => void {
  const interrupt = (): void => {
    if (scheduler.killTask()) io.stderr('Killing the task; interrupt again to leave at once\n');
    else leave.abort();
  };
  const releases = [io.onSignal('SIGINT', interrupt), io.onSignal('SIGTERM', interrupt)];
  return () => {
    for (const release of releases) release();
  };
}

/** What Mesos's `mesos-execute` can do. */
function capabilitiesOf(flags: ExecuteFlags): FrameworkInfo_Capability[] {
  return [
    { type: 'MULTI_ROLE' },
    { type: 'RESERVATION_REFINEMENT' },
    { type: 'TASK_KILLING_STATE' },
    { type: 'REVOCABLE_RESOURCES' },
    ...(flags.partition_aware ? [{ type: 'PARTITION_AWARE' } as const] : []),
  ];
}
