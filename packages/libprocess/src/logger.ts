import createDebug from 'debug';

/** Where a runtime writes what an operator should know. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The default logger: silent unless the `DEBUG` environment variable selects its namespace, for example `DEBUG=mesos:*`. */
export function debugLogger(namespace = 'mesos:libprocess'): Logger {
  const write = createDebug(namespace);
  const at =
    (level: string) =>
    (message: string): void => {
      write('%s %s', level, message);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
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
 * messages go to the `debug` package under `mesos:<component>`.
 */
export function streamLogger(options: StreamLoggerOptions): Logger {
  const lowest = severities[options.level ?? 'info'];
  const at = (letter: string, severity: number): ((message: string) => void) => {
    if (severity < lowest) return () => undefined;
    return (message) => {
      const time = new Date(options.now()).toISOString();
      const stamp = `${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000`;
      options.write(`${letter}${stamp} ${process.pid} ${options.component}] ${message}\n`);
    };
  };
  const write = createDebug(`mesos:${options.component}`);
  return {
    debug: (message) => {
      write('%s', message);
    },
    info: at('I', severities.info),
    warn: at('W', severities.warn),
    error: at('E', severities.error),
  };
}
