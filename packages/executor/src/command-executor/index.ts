/**
 * Where the built-in command executor is, for agents that start it, and how they hand variables on to its task.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';

/** The path of the command executor's program, to be run with Node. */
export const commandExecutorPath: string = fileURLToPath(new URL('../../../bin/mesos-executor.js', import.meta.url));

export { taskVariablePrefix } from '../constants.ts';
