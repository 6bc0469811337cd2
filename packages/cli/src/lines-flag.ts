import { flag } from '@mesos-ts/flags';

/** The flag of commands that print a file. */
export const linesFlag = flag.integer({
  min: 1,
  max: 1_000_000_000,
  help: 'Prints only so many lines at the end. Without it, all.',
});
