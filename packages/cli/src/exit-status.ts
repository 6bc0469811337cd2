/** What commands end with, for scripts. `mesos execute` ends with `failed` too when its task has not finished. */
export const exitStatus = {
  done: 0,
  /** It was refused, or has failed. */
  failed: 1,
  /** The command line makes no sense, or names a secret that cannot be read; nobody was asked. */
  misused: 2,
  /** Nobody could be asked: no master answers, or none leads. It may be otherwise a little later. */
  unavailable: 3,
} as const;
