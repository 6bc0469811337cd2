/** An HTTP request that is made from inside a container, so that it works with every engine and across a partition. */
export interface InsideRequest {
  readonly port: number;
  readonly path: string;
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What was answered. */
export interface InsideResponse {
  readonly status: number;
  readonly body: string;
}

const attemptMs = 5000;
const pauseMs = 100;

/**
 * Runs inside the container, as text: asks the container's own address until the server answers (and, if `untilOk`, answers well) or
 * time is over.
 */
const requestProgram = `
const { host, request, untilOk, timeoutMs } = JSON.parse(process.argv[1]);
const deadline = Date.now() + timeoutMs;
async function ask() {
  const { port, path, ...init } = request;
  const signal = AbortSignal.timeout(${attemptMs});
  const response = await fetch('http://' + host + ':' + port + path, { ...init, signal, redirect: 'manual' });
  const answer = { status: response.status, body: await response.text() };
  if (untilOk && !response.ok) throw new Error('status ' + answer.status);
  return answer;
}
for (;;) {
  let failure;
  try {
    const answer = JSON.stringify(await ask());
    // Ending before all is written cuts long answers off.
    await new Promise((resolve) => process.stdout.write(answer, resolve));
    process.exit(0);
  } catch (error) {
    failure = error.cause ?? error;
  }
  if (Date.now() > deadline) {
    process.stderr.write(String(failure));
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, ${pauseMs}));
}
`;

/** The command that makes a request. It prints an {@link InsideResponse} as JSON and ends with 0 when it got one. */
export function requestCommand(
  ip: string,
  request: InsideRequest,
  options: { readonly untilOk: boolean; readonly timeoutMs: number },
): string[] {
  const input = { host: ip, request, ...options };
  return ['node', '--input-type=module', '--eval', requestProgram, '--', JSON.stringify(input)];
}
