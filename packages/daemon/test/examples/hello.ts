import { commonFlags, processIo, runDaemon, startRuntime } from '@mesos-ts/daemon';
import { defineFlags } from '@mesos-ts/flags';
import { deferred } from '@mesos-ts/libprocess';

process.exitCode = await runDaemon(
  {
    daemon: 'hello',
    about: 'Serves nothing, until it is told to end.',
    flags: defineFlags(commonFlags({ daemon: 'hello', port: 0, logShown: 'nowhere' })),
    laterFlags: ['acls'],
    start: async (flags, logger) => {
      const runtime = await startRuntime({ flags, delegate: 'hello', logger });
      const ended = deferred<string>();
      const close = async (): Promise<void> => {
        await runtime.close();
        ended.resolve('closed');
      };
      return { ready: `Hello serves ${runtime.address}`, ended: ended.promise, close };
    },
  },
  { argv: ['--ip=127.0.0.1'], env: process.env, io: processIo },
);
