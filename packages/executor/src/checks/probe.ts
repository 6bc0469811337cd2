import type { CheckStatusInfo } from '@mesos-ts/protocol';
import type { ProbeTarget } from './plan.ts';

/** What came of a probe: its result, or why there is none. */
export type ProbeOutcome = { readonly status: CheckStatusInfo } | { readonly failure: string };

/** Looks once. Never rejects; once it is aborted, nothing of it is left and its outcome does not matter. */
export type Probe = (signal: AbortSignal) => Promise<ProbeOutcome>;

/** Makes the probe of a target. */
export type ProbeMaker = (target: ProbeTarget) => Probe;
