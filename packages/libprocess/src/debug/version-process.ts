import { Process } from '../actor/process.ts';
import { jsonResponse } from '../http/message.ts';

/** Tells what program this is at `/version`. */
export class VersionProcess extends Process {
  readonly #version: () => unknown;

  /** @param version What is shown as JSON; asked for each request. */
  constructor(version: () => unknown) {
    super('version');
    this.#version = version;
  }

  protected override initialize(): void {
    this.route('/', ({ query }) => jsonResponse(this.#version(), { jsonp: query.get('jsonp') }), {
      help: {
        summary: 'The version of this program.',
        description:
          'An object with what is known of the program and its build. With `jsonp=NAME` it is a script that calls that function.',
      },
    });
  }
}
