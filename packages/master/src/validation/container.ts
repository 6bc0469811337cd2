import type {
  CheckInfo,
  CommandInfo,
  ContainerInfo,
  Environment_Variable,
  HealthCheck,
  Secret,
  Volume,
} from '@mesos-ts/protocol';

/** Says what is wrong with a command, in Mesos's words, or nothing. */
export function validateCommand(command: CommandInfo): string | undefined {
  for (const variable of command.environment?.variables ?? []) {
    const error = validateVariable(variable);
    if (error !== undefined) return error;
  }
  return undefined;
}

function validateVariable(variable: Environment_Variable): string | undefined {
  const { name, secret, type = 'VALUE', value } = variable;
  if (type === 'UNKNOWN') return "Environment variable of type 'UNKNOWN' is not allowed";
  if (type === 'SECRET') return validateSecretVariable(variable);
  if (value === undefined) return `Environment variable '${name}' of type 'VALUE' must have a value set`;
  return secret === undefined ? undefined : `Environment variable '${name}' of type 'VALUE' must not have a secret set`;
}

function validateSecretVariable({ name, secret, value }: Environment_Variable): string | undefined {
  if (secret === undefined) return `Environment variable '${name}' of type 'SECRET' must have a secret set`;
  if (value !== undefined) return `Environment variable '${name}' of type 'SECRET' must not have a value set`;
  const error = validateSecret(secret);
  if (error !== undefined) return `Environment variable '${name}' specifies an invalid secret: ${error}`;
  return secret.value?.data.includes(0) === true
    ? `Environment variable '${name}' specifies a secret containing null bytes, which is not allowed in the environment`
    : undefined;
}

function validateSecret(secret: Secret): string | undefined {
  const { reference, type, value } = secret;
  if (type === 'REFERENCE') {
    if (reference === undefined) return "Secret of type REFERENCE must have the 'reference' field set";
    return value === undefined
      ? undefined
      : `Secret '${reference.name}' of type REFERENCE must not have the 'value' field set`;
  }
  if (type !== 'VALUE') return undefined;
  if (value === undefined) return "Secret of type VALUE must have the 'value' field set";
  return reference === undefined ? undefined : "Secret of type VALUE must not have the 'reference' field set";
}

/** Says what is wrong with a container, in Mesos's words, or nothing. */
export function validateContainer(container: ContainerInfo): string | undefined {
  for (const volume of container.volumes ?? []) {
    const error = validateVolume(volume);
    if (error !== undefined) return `Invalid volume: ${error}`;
  }
  if (container.type !== 'DOCKER') return undefined;
  if (container.docker === undefined) return "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo";
  return container.docker.parameters?.some((parameter) => parameter.key === 'name') === true
    ? "Parameter in DockerInfo must not be 'name'"
    : undefined;
}

const sourceFields = {
  DOCKER_VOLUME: 'docker_volume',
  HOST_PATH: 'host_path',
  SANDBOX_PATH: 'sandbox_path',
  SECRET: 'secret',
  CSI_VOLUME: 'csi_volume',
} as const;

function validateVolume(volume: Volume): string | undefined {
  const given = [volume.host_path, volume.image, volume.source].filter((field) => field !== undefined);
  if (given.length !== 1) return "Only one of them should be set: 'host_path', 'image' and 'source'";
  const { source } = volume;
  if (source === undefined) return undefined;
  if (source.type === undefined || source.type === 'UNKNOWN') return "'source.type' is unknown";
  const field = sourceFields[source.type];
  if (source[field] === undefined) {
    return `'source.${field}' is not set for ${source.type === 'CSI_VOLUME' ? 'CSI' : source.type} volume`;
  }
  return source.type === 'CSI_VOLUME' && source.csi_volume?.static_provisioning === undefined
    ? "'source.csi_volume.static_provisioning' is not set for CSI volume"
    : undefined;
}

/** Says what is wrong with a health check, in Mesos's words, or nothing. */
export function validateHealthCheck(check: HealthCheck): string | undefined {
  const kindError = validateHealthCheckKind(check);
  if (kindError !== undefined) return kindError;
  return validateNonNegative(check, ['delay_seconds', 'grace_period_seconds', 'interval_seconds', 'timeout_seconds']);
}

function validateHealthCheckKind({ command, http, tcp, type }: HealthCheck): string | undefined {
  if (type === undefined) return "HealthCheck must specify 'type'";
  if (type === 'UNKNOWN') return "'UNKNOWN' is not a valid health check type";
  if (type === 'COMMAND') {
    return command === undefined
      ? "Expecting 'command' to be set for COMMAND health check"
      : validateCheckCommand(command, 'Command health check', 'Health check');
  }
  if (type === 'TCP') return tcp === undefined ? "Expecting 'tcp' to be set for TCP health check" : undefined;
  if (http === undefined) return "Expecting 'http' to be set for HTTP health check";
  if (http.scheme !== undefined && http.scheme !== 'http' && http.scheme !== 'https') {
    return `Unsupported HTTP health check scheme: '${http.scheme}'`;
  }
  return http.path === undefined || http.path.startsWith('/')
    ? undefined
    : `The path '${http.path}' of HTTP health check must start with '/'`;
}

/** Says what is wrong with a check, in Mesos's words, or nothing. */
export function validateCheck(check: CheckInfo): string | undefined {
  return (
    validateCheckKind(check) ?? validateNonNegative(check, ['delay_seconds', 'interval_seconds', 'timeout_seconds'])
  );
}

function validateCheckKind({ command, http, tcp, type }: CheckInfo): string | undefined {
  if (type === undefined) return "CheckInfo must specify 'type'";
  if (type === 'UNKNOWN') return "'UNKNOWN' is not a valid check type";
  if (type === 'COMMAND') {
    return command === undefined
      ? "Expecting 'command' to be set for COMMAND check"
      : validateCheckCommand(command.command, 'Command check', 'Check');
  }
  if (type === 'TCP') return tcp === undefined ? "Expecting 'tcp' to be set for TCP check" : undefined;
  if (http === undefined) return "Expecting 'http' to be set for HTTP check";
  return http.path === undefined || http.path.startsWith('/')
    ? undefined
    : `The path '${http.path}' of HTTP check must start with '/'`;
}

function validateCheckCommand(command: CommandInfo, what: string, owner: string): string | undefined {
  if (command.value === undefined) {
    return `${what} must contain ${command.shell === false ? "'executable path'" : "'shell command'"}`;
  }
  const error = validateCommand(command);
  return error === undefined ? undefined : `${owner}'s \`CommandInfo\` is invalid: ${error}`;
}

function validateNonNegative<K extends string>(
  check: Readonly<Partial<Record<K, number | undefined>>>,
  fields: readonly K[],
): string | undefined {
  const negative = fields.find((field) => (check[field] ?? 0) < 0);
  return negative === undefined ? undefined : `Expecting '${negative}' to be non-negative`;
}
