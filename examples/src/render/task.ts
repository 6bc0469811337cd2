import type { Resource } from '@mesos-ts/protocol';
import type { TaskToLaunch } from '@mesos-ts/scheduler';

/** Renders a frame, with a program and assets that a server has. */
export function renderTask(frame: number, server: string, resources: Resource[]): TaskToLaunch {
  return {
    name: 'render',
    task_id: { value: `render-${frame}` }, // unique within the framework
    resources,
    command: {
      value: `./render frame-${frame}.json`, // for /bin/sh -c; with `shell: false` a program and `arguments`
      environment: { variables: [{ name: 'QUALITY', value: 'high' }] },
      uris: [
        { value: `http://${server}/render`, executable: true },
        { value: `http://${server}/assets.tar.gz` }, // extracted into the sandbox
      ],
    },
  };
}
