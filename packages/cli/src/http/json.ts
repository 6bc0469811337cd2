import { CliError } from '../errors.ts';

/** The parts of an answer in JSON, read one by one; what is not there, or of another type, has a neutral value. */
export class JsonView {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** The value as it came. */
  get raw(): unknown {
    return this.#value;
  }

  /** The entry of that name. */
  at(name: string): JsonView {
    const { raw } = this;
    const isObject = typeof raw === 'object' && raw !== null && Object.hasOwn(raw, name);
    return new JsonView(isObject ? (raw as Record<string, unknown>)[name] : undefined);
  }

  /** The items of the list of that name. Throws `CLI_ANSWER_UNEXPECTED` when there is none: this is another server's answer. */
  list(name: string): JsonView[] {
    const value = this.at(name).raw;
    if (!Array.isArray(value)) throw new CliError('CLI_ANSWER_UNEXPECTED', `The answer has no list '${name}'`);
    return value.map((item) => new JsonView(item));
  }

  /** The text of that name; empty without one. */
  text(name: string): string {
    const value = this.at(name).raw;
    return typeof value === 'string' ? value : '';
  }

  /** The number of that name; 0 without one. */
  number(name: string): number {
    const value = this.at(name).raw;
    return typeof value === 'number' ? value : 0;
  }

  /** Whether the entry of that name is true. */
  flag(name: string): boolean {
    return this.at(name).raw === true;
  }
}
