/**
 * The rules for what comes from outside. Each is a pure function that says what is wrong, in Mesos's words, or nothing.
 *
 * @module
 */
export { validateRegistration, validateReregistration } from './validation/agent.ts';
export { otherPrincipal, validateCall } from './validation/call.ts';
export { validateFramework, validateFrameworkUpdate, validateWishes } from './validation/framework.ts';
export { validateOffers } from './validation/offer.ts';
export { validateTask, validateTaskGroup } from './validation/task.ts';
