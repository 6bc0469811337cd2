// What frameworks and agents can do beyond the first version of the protocol.
import type {
  AgentInfo_Capability,
  AgentInfo_Capability_Type,
  FrameworkInfo,
  FrameworkInfo_Capability_Type,
} from './generated/mesos-v1.ts';
import { unreservedRole } from './roles.ts';

/** The capabilities that a framework claims. */
export function frameworkCapabilities(info: FrameworkInfo): ReadonlySet<FrameworkInfo_Capability_Type> {
  const types = (info.capabilities ?? []).map((capability) => capability.type);
  return new Set(types.filter((type) => type !== undefined));
}

/** Whether a framework claims one capability. */
export function hasCapability(info: FrameworkInfo, type: FrameworkInfo_Capability_Type): boolean {
  return (info.capabilities ?? []).some((capability) => capability.type === type);
}

/** The capabilities that an agent claims. */
export function agentCapabilities(
  capabilities: readonly AgentInfo_Capability[] | undefined,
): ReadonlySet<AgentInfo_Capability_Type> {
  const types = (capabilities ?? []).map((capability) => capability.type);
  return new Set(types.filter((type) => type !== undefined));
}

/** The roles a framework subscribes to, each once: `roles` if it is MULTI_ROLE capable, else its one `role`. */
export function frameworkRoles(info: FrameworkInfo): string[] {
  if (hasCapability(info, 'MULTI_ROLE')) return [...new Set(info.roles ?? [])];
  return [info.role ?? unreservedRole];
}
