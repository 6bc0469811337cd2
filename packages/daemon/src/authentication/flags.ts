import { flag, type Parsed } from '@mesos-ts/flags';

/** The flags that both daemons have about who may come in. */
export function authenticationFlags() {
  return {
    authenticate_http_readonly: flag.boolean({
      default: false,
      help: 'Whether HTTP endpoints that only show something ask who is there.',
    }),
    authenticate_http_readwrite: flag.boolean({
      default: false,
      deprecatedAlias: 'authenticate_http',
      help: 'Whether HTTP endpoints that change something ask who is there.',
    }),
    firewall_rules: flag.json({
      shape: 'object',
      help:
        'Endpoints that nobody may use, as JSON or as file:///path to it, for example ' +
        `'{"disabled_endpoints": {"paths": ["/files/browse", "/metrics/snapshot"]}}'.`,
      validate: (json) => parseFirewall(json).error,
    }),
    jwt_secret_key: flag.path({
      help: 'A file with the key that tokens are signed with (HS256), for the HTTP authenticator jwt.',
    }),
  };
}

/** The paths that firewall rules disable, or what is wrong with the rules. */
export function parseFirewall(json: unknown): Parsed<readonly string[]> {
  if (!isObject(json)) return { error: 'Expecting an object' };
  const { disabled_endpoints: disabled, ...rest } = json;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return { error: `'${unknown}' is not known: Expecting 'disabled_endpoints'` };
  if (disabled === undefined || disabled === null) return { value: [] };
  const paths = isObject(disabled) ? (disabled['paths'] ?? []) : undefined;
  const list: readonly unknown[] | undefined = Array.isArray(paths) ? paths : undefined;
  if (list === undefined || !list.every(isPath)) {
    return { error: `'disabled_endpoints.paths' must be a list of paths that begin with '/'` };
  }
  return { value: list };
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('/');
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
