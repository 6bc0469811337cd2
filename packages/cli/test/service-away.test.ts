// Programs that are told of an election service whose host is away: it swallows what is sent there, and never refuses.
import { join } from 'node:path';
import { BlackHole } from '@mesos-ts/election/testing';
import { SystemClock, after } from '@mesos-ts/libprocess';
import { freePort, temporaryFolder } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { Running } from './support/running.ts';

// Far less than the system goes on trying to connect, which is two minutes.
const endsWithinMs = 40_000;

/** How it has ended; `it has not ended` if it does not. */
async function end(running: Running): Promise<unknown> {
  const late = after(new SystemClock(), endsWithinMs).then(() => 'it has not ended');
  return Promise.race([running.exit.then(([code]) => code), late]);
}

const servers = [
  ['mesos-master', join('..', '..', 'master', 'bin', 'mesos-master.js'), 'zk', '--quorum=1'],
  ['mesos-agent', join('..', '..', 'agent', 'bin', 'mesos-agent.js'), 'master', '--isolation=posix/cpu'],
] as const;

for (const scheme of ['etcd', 'zk']) {
  for (const [name, program, flag, ...argv] of servers) {
    test(`${name} ends on a signal, also while the host of its ${scheme}:// is away`, async (t) => {
      t.timeout(180_000);
      await using hole = await BlackHole.start();
      const service = `--${flag}=${scheme}://127.0.0.1:${hole.port}/mesos`;
      await using folder = await temporaryFolder();
      const own = ['--ip=127.0.0.1', '--port=0', `--work_dir=${folder.path}`];
      const running = new Running(program, [...argv, ...own, service]);
      t.teardown(() => running.child.kill('SIGKILL'));
      await running.printed(/is ready and serves http/);
      running.child.kill('SIGTERM');
      t.is(await end(running), 0, running.out);
    });
  }

  test(`a command ends when its time is over, also while the host of its ${scheme}:// is away`, async (t) => {
    t.timeout(180_000);
    await using hole = await BlackHole.start();
    const argv = ['agents', `--master=${scheme}://127.0.0.1:${hole.port}/mesos`, '--timeout=1secs'];
    const running = new Running('mesos.js', argv);
    t.teardown(() => running.child.kill('SIGKILL'));
    t.is(await end(running), 3, running.out);
  });
}

test('mesos execute tells why the master does not answer', async (t) => {
  t.timeout(180_000);
  const argv = ['execute', `--master=127.0.0.1:${await freePort()}`, '--name=a', '--command=true'];
  const running = new Running('mesos.js', argv);
  t.teardown(() => running.child.kill('SIGKILL'));
  await running.printed(/No answer from master@.* \(Cannot connect to .*ECONNREFUSED.*\): attempt 2/);
  running.child.kill('SIGTERM');
  t.not(await end(running), 'it has not ended', running.out);
});
