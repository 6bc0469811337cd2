import type { Approvers } from '@mesos-ts/daemon';
import { removeFramework } from '../frameworks.ts';
import type { Turn } from '../turn.ts';
import { bad, done, forbidden, type OperatorAnswer } from './answer.ts';

/** Ends a framework without its scheduler being asked. */
export function teardownFramework(turn: Turn, approvers: Approvers, frameworkId: string): OperatorAnswer {
  const framework = turn.cluster.frameworks.get(frameworkId);
  if (framework === undefined) return bad('No framework found with specified ID');
  const { info } = framework;
  // One without a principal is nobody's in particular.
  const object = info.principal === undefined ? [] : ([{ framework_info: info }] as const);
  if (!approvers.approves('TEARDOWN_FRAMEWORK', ...object)) return forbidden;
  removeFramework(turn, framework);
  return done;
}
