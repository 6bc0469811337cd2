// The command executor's OS process. It is started for every command task: what it imports is time that every launch takes.
import { SystemClock, errorText, streamLogger } from '@mesos-ts/libprocess';
import { localProbes } from '../checks/local-probes.ts';
import { executorEnvironment } from '../environment.ts';
import { runExecutor } from '../run.ts';
import { CommandExecutor } from './command-executor.ts';
import { startTask } from './task-process.ts';

const usage = `Usage: mesos-executor

Runs one command task for a Mesos agent, which starts this program with MESOS_* variables in its environment.
`;

function write(text: string): void {
  process.stderr.write(text);
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === '--help' || args[0] === '-h') {
    process.stdout.write(usage);
    return 0;
  }
  if (args[0] !== undefined) {
    write(`mesos-executor: unexpected argument '${args[0]}'\n`);
    return 1;
  }
  const clock = new SystemClock();
  const logger = streamLogger({ write, now: () => clock.now(), component: 'executor' });
  const shutDown = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      shutDown.abort();
    });
  }
  try {
    const executor = new CommandExecutor(executorEnvironment(process.env), process.env, {
      start: startTask,
      probes: localProbes,
    });
    // Whatever ends this process, short of SIGKILL, ends the task too.
    process.once('exit', () => {
      executor.abandon();
    });
    await runExecutor(executor, { logger, signal: shutDown.signal });
    return 0;
  } catch (error) {
    write(`mesos-executor: ${errorText(error)}\n`);
    return 1;
  }
}

// The file that this becomes a part of is CommonJS, which cannot await here.
void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
