/** Who may make the calls of the operator API about containers. */
import type { Action, Approvers } from '@mesos-ts/daemon';
import type { AgentCall, AgentCall_Type, CommandInfo, ContainerID } from '@mesos-ts/protocol';

import { executorsOf } from '../state/agent-state.ts';
import type { AgentState } from '../state/agent-state.ts';

/** The container that a call is about, and what it is to run. */
interface Target {
  readonly container_id?: ContainerID | undefined;
  readonly command?: CommandInfo | undefined;
}

/** By what a call is judged: for a container that belongs to an executor, and for one that does not. */
interface Rule {
  readonly nested: Extract<Action, `${string}_NESTED_CONTAINER${'' | '_SESSION'}` | `ATTACH_CONTAINER_${string}`>;
  /** Input and output of a container that belongs to no executor are judged as those of its id. */
  readonly standalone: Extract<Action, `${string}_STANDALONE_CONTAINER`> | undefined;
  readonly target: (call: AgentCall) => Target | undefined;
}

const launch = { nested: 'LAUNCH_NESTED_CONTAINER', standalone: 'LAUNCH_STANDALONE_CONTAINER' } as const;
const wait = { nested: 'WAIT_NESTED_CONTAINER', standalone: 'WAIT_STANDALONE_CONTAINER' } as const;
const kill = { nested: 'KILL_NESTED_CONTAINER', standalone: 'KILL_STANDALONE_CONTAINER' } as const;
const remove = { nested: 'REMOVE_NESTED_CONTAINER', standalone: 'REMOVE_STANDALONE_CONTAINER' } as const;

/** The rules of all calls about containers that exist, or are to. */
const rules: Readonly<Partial<Record<AgentCall_Type, Rule>>> = {
  LAUNCH_NESTED_CONTAINER: { ...launch, target: (call) => call.launch_nested_container },
  WAIT_NESTED_CONTAINER: { ...wait, target: (call) => call.wait_nested_container },
  KILL_NESTED_CONTAINER: { ...kill, target: (call) => call.kill_nested_container },
  REMOVE_NESTED_CONTAINER: { ...remove, target: (call) => call.remove_nested_container },
  LAUNCH_NESTED_CONTAINER_SESSION: {
    nested: 'LAUNCH_NESTED_CONTAINER_SESSION',
    standalone: 'LAUNCH_STANDALONE_CONTAINER',
    target: (call) => call.launch_nested_container_session,
  },
  ATTACH_CONTAINER_INPUT: {
    nested: 'ATTACH_CONTAINER_INPUT',
    standalone: undefined,
    target: (call) => call.attach_container_input,
  },
  ATTACH_CONTAINER_OUTPUT: {
    nested: 'ATTACH_CONTAINER_OUTPUT',
    standalone: undefined,
    target: (call) => call.attach_container_output,
  },
  LAUNCH_CONTAINER: { ...launch, target: (call) => call.launch_container },
  WAIT_CONTAINER: { ...wait, target: (call) => call.wait_container },
  KILL_CONTAINER: { ...kill, target: (call) => call.kill_container },
  REMOVE_CONTAINER: { ...remove, target: (call) => call.remove_container },
};

/** Whether somebody may make a call about a container; true for a call that is about none. */
export function mayUseContainer(state: AgentState, approvers: Approvers, call: AgentCall): boolean {
  const rule = rules[call.type ?? 'UNKNOWN'];
  const target = rule?.target(call);
  if (rule === undefined || target?.container_id === undefined) return true;
  const { command, container_id } = target;
  const root = rootOf(container_id);
  const executor = [...executorsOf(state)].find(({ containerId }) => containerId === root);
  const framework = state.frameworks.get(executor?.frameworkId ?? '');
  if (executor !== undefined && framework !== undefined) {
    const object = { executor_info: executor.info, framework_info: framework.info, container_id };
    return approvers.approves(rule.nested, { ...object, command_info: command });
  }
  // A nested container whose parent nobody knows is judged by nobody: there is none.
  if (rule.standalone === undefined || container_id.parent !== undefined) return true;
  return approvers.approves(rule.standalone, { container_id });
}

/** The id of the container in which all those that it is nested in are. */
function rootOf(container: ContainerID): string {
  let root = container;
  while (root.parent !== undefined) root = root.parent;
  return root.value;
}
