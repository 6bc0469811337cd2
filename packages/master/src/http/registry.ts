import { helpPage, jsonpHelp, viewHandler, type JsonObject } from '@mesos-ts/daemon';
import { Process } from '@mesos-ts/libprocess';
import { readonlyRealm } from '../constants.ts';

/** Shows the registry at `/registrar(1)/registry`, to whoever may come in: no right is asked for, as in Mesos. */
export class RegistryProcess extends Process {
  readonly #registry: () => Promise<JsonObject>;

  /** @param registry Asks the master for it. */
  constructor(registry: () => Promise<JsonObject>) {
    super('registrar(1)');
    this.#registry = registry;
  }

  protected override initialize(): void {
    this.route('/registry', viewHandler(this.#registry), {
      help: helpPage('The registry: the agents that this master let in, lost sight of and sent away.', [
        'A `Registry` as JSON. It is in memory: a master that is started next does not have it.',
        jsonpHelp,
      ]),
      realm: readonlyRealm,
    });
  }
}
