import { Process, Runtime } from '@mesos-ts/libprocess';
import { describeExit, execute, reap, subprocess } from '@mesos-ts/libprocess/subprocess';
import type { ExitStatus } from '@mesos-ts/libprocess/subprocess';

class Keeper extends Process {
  async start(): Promise<number> {
    const child = await subprocess(this.runtime, ['sleep', '1000'], {
      owner: this.self, // It is killed when this actor ends, with all that came of it.
      onParentDeath: 'kill', // And when this program is, even with SIGKILL.
      stdin: 'ignore',
      onExit: this.defer((status: ExitStatus) => {
        console.log(describeExit(status)); // In this actor's turn; here it has ended first.
      }),
    });
    return child.pid;
  }
}

await using runtime = new Runtime();

// A text is for the shell, a list is for nobody but the program.
const shouted = await execute(runtime, 'tr a-z A-Z', { input: { text: 'hello' } });
console.log(shouted.stdout.toString(), describeExit(shouted.status));
const plain = await execute(runtime, ['printf', '%s\n', '$HOME; rm -rf *'], { timeoutMs: 60_000 });
console.log(plain.stdout.toString().trim());
console.log(describeExit((await execute(runtime, 'exit 3')).status));

const keeper = runtime.spawn(new Keeper());
const pid = await runtime.dispatch(keeper, 'start');
runtime.terminate(keeper);
console.log(await reap(runtime, pid));
