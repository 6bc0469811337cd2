import type { ExecutorInfo } from '@mesos-ts/protocol';

/** An executor that a framework brings. */
export function customExecutor(id = 'custom', overrides: Partial<ExecutorInfo> = {}): ExecutorInfo {
  return { executor_id: { value: id }, type: 'CUSTOM', command: { value: 'run-it' }, ...overrides };
}
