import { Process } from '@mesos-ts/libprocess';

export class Primes extends Process {
  readonly #from: number;

  constructor(from: number) {
    super();
    this.#from = from;
  }

  /** How many there are in so many numbers. It takes its time, and nobody else's. */
  count(numbers: number): number {
    let count = 0;
    for (let candidate = this.#from; candidate < this.#from + numbers; candidate++) {
      let divisor = 2;
      while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
      if (candidate > 1 && divisor * divisor > candidate) count++;
    }
    return count;
  }
}
