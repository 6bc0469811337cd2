import test from 'ava';
import { defineFlags, flag, formatHelp } from '../src/index.ts';

const flagTable = defineFlags({
  work_dir: flag.path({ required: true, help: 'Path of the work folder.' }),
  port: flag.integer({ default: 5050, help: 'Port to listen on.' }),
  strict: flag.boolean({ default: true, alias: 'exact', help: 'Refuse what is not understood.' }),
  attributes: flag.string({ help: 'Attributes, in the form:\n  rack:2;size:large' }),
  executor_registration_timeout: flag.duration({
    default: 60_000,
    help: 'Time an executor has to register with its agent.',
  }),
});

test('help tells the usage, and of every flag the names, the form, the meaning and the default', (t) => {
  t.is(
    formatHelp(flagTable, { program: 'mesos-agent', about: 'Runs tasks.', columns: 72 }),
    `Usage: mesos-agent [options]

Runs tasks.

  --attributes=VALUE                Attributes, in the form:
                                      rack:2;size:large
  --executor_registration_timeout=VALUE
                                    Time an executor has to register
                                    with its agent. (default: 1mins)
  --[no-]help                       Prints this help message (default:
                                    false)
  --port=VALUE                      Port to listen on. (default: 5050)
  --[no-]strict, --[no-]exact       Refuse what is not understood.
                                    (default: true)
  --work_dir=PATH                   Path of the work folder. (required)
`,
  );
});

test('help fits the columns of the terminal unless a single word does not', (t) => {
  for (const columns of [72, 80, 100, 200]) {
    const widest = Math.max(
      ...formatHelp(flagTable, { columns })
        .split('\n')
        .map((line) => line.length),
    );
    t.true(widest <= columns, `${widest} of ${columns}`);
  }
});
