import { tokenVariable } from '../constants.ts';
import type { Variables } from '../environment.ts';
import { commandProbe } from './command-probe.ts';
import { httpProbe } from './http-probe.ts';
import type { ProbeMaker } from './probe.ts';
import { tcpProbe } from './tcp-probe.ts';

/** Probes of this machine; commands have the given environment and this process's directory and stderr. */
export function localProbes(environment: Variables): ProbeMaker {
  // What proves who the executor is, is none of a check's business.
  const { [tokenVariable]: _token, ...others } = environment;
  return (target) => {
    if (target.type === 'COMMAND') return commandProbe(target.command, others);
    return target.type === 'HTTP' ? httpProbe(target.url) : tcpProbe(target.host, target.port);
  };
}
