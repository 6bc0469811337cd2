import { Process } from '@mesos-ts/libprocess';

// Loaded in threads.

/** Has much to compute. */
export class Computer extends Process {
  /** Counts the primes below a number, by trial division. */
  primes(below: number): number {
    return primes(below);
  }
}

/** Counts the primes below a number, by trial division. */
export function primes(below: number): number {
  let count = 0;
  for (let candidate = 2; candidate < below; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor > candidate) count++;
  }
  return count;
}
