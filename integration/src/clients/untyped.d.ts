// What is used of clients that have no types of their own.

declare module 'mesos-framework' {
  import type { EventEmitter } from 'node:events';

  interface Task {
    readonly name: string;
    readonly taskId: string;
    readonly runtimeInfo?: { readonly agentId: string; readonly executorId: string; readonly state: string };
  }

  class Scheduler extends EventEmitter {
    constructor(options: object);
    frameworkId: string | null;
    readonly launchedTasks: readonly Task[];
    subscribe(): void;
    kill(taskId: string, agentId: string): void;
    message(agentId: string, executorId: string, data: string): void;
    reconcile(taskId?: string, agentId?: string): void;
    teardown(): void;
  }

  type Message<Args extends readonly unknown[]> = new (...args: Args) => object;
  type CommandInfo = [uris: null, environment: object, shell: boolean, value: string, args: null, user: null];

  const framework: {
    readonly Scheduler: typeof Scheduler;
    readonly Mesos: {
      getMesos(): {
        readonly CommandInfo: Message<CommandInfo>;
        readonly Environment: Message<[variables: readonly object[]]> & {
          readonly Variable: Message<[name: string, value: string]>;
        };
      };
    };
  };
  export default framework;
}

declare module '@dcos/mesos-client' {
  interface Observable {
    subscribe(next: (text: string) => void, failed: (error: unknown) => void, complete?: () => void): void;
  }

  export function request(call: object, url?: string): Observable;
  export function stream(call: object, url?: string): Observable;
}
