import createDebug from 'debug';

/** How much a logger tells beyond what an operator should know: 0 nothing, as glog's verbose level; `/logging/toggle` sets it. */
export class Verbosity {
  level: number;

  constructor(level = 0) {
    this.level = level;
  }
}

/** Where a runtime writes what an operator should know. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** What decides on its debug messages, if anything can while it runs. */
  readonly verbosity?: Verbosity;
}

/**
 * The default logger: silent unless the `DEBUG` environment variable selects its namespace, for example `DEBUG=mesos:*`, or its verbosity
 * is raised.
 */
export function debugLogger(namespace = 'mesos:libprocess'): Logger {
  const verbosity = new Verbosity();
  const write = createDebug(namespace);
  const raised = createDebug(namespace);
  raised.enabled = true;
  const at =
    (level: string) =>
    (message: string): void => {
      (verbosity.level > 0 ? raised : write)('%s %s', level, message);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), verbosity };
}

/** Options of `streamLogger`. */
export interface StreamLoggerOptions {
  /** Receives whole lines, each with its newline. */
  readonly write: (line: string) => void;
  /** Wall-clock time in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** The name that precedes each message, for example `master`. */
  readonly component: string;
  /** The lowest level that is written. @default 'info' */
  readonly level?: 'info' | 'warn' | 'error';
}

const severities = { info: 0, warn: 1, error: 2 } as const;

/**
 * Writes lines as glog does, which is what operators of Mesos know: `I1121 10:15:30.123456 4711 master] message` (UTC). Debug
 * messages go to the `debug` package under `mesos:<component>`; while the verbosity is raised they are lines like any other.
 */
export function streamLogger(options: StreamLoggerOptions): Logger {
  const lowest = severities[options.level ?? 'info'];
  const line =
    (letter: string) =>
    (message: string): void => {
      const time = new Date(options.now()).toISOString();
      const stamp = `${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000`;
      options.write(`${letter}${stamp} ${process.pid} ${options.component}] ${message}\n`);
    };
  const at = (letter: string, severity: number): ((message: string) => void) =>
    severity < lowest ? () => undefined : line(letter);
  const write = createDebug(`mesos:${options.component}`);
  const verbosity = new Verbosity();
  const raised = line('I');
  return {
    verbosity,
    debug: (message) => {
      if (verbosity.level > 0) raised(message);
      else write('%s', message);
    },
    info: at('I', severities.info),
    warn: at('W', severities.warn),
    error: at('E', severities.error),
  };
}
