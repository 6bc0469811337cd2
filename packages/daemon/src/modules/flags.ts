import { flag } from '@mesos-ts/flags';
import { parseModules } from './manifest.ts';

/** The flags that bring authenticators, authorizers and resolvers of secrets of one's own. */
export function modulesFlags() {
  return {
    modules: flag.json({
      shape: 'object',
      help:
        'Modules to load, as JSON or as file:///path to it, for example ' +
        `'{"libraries": [{"file": "/path/to/it.mjs", "modules": [{"name": "org_example_It"}]}]}'. Libraries are ES modules; ` +
        'their exports of these names are the modules, which other flags then name.',
      validate: (json) => parseModules(json).error,
    }),
    modules_dir: flag.path({
      help: 'A directory of files such as --modules has. They are read in the order of their names. Only one of both may be given.',
    }),
  };
}
