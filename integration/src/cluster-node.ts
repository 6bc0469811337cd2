import { PassThrough } from 'node:stream';
import type { StartedTestContainer } from 'testcontainers';
import type { Engine } from './docker/engine.ts';
import { followOutput } from './docker/node-container.ts';
import {
  InsideRequests,
  requestCommand,
  type InsideProgram,
  type InsideRequest,
  type InsideRequestOptions,
  type InsideResponse,
} from './http-inside.ts';
import { NodeOutput } from './node-output.ts';

/** The outcome of a command. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const waitTimeoutMs = 120_000;

/** What a node is made of. */
export interface ClusterNodeOptions {
  readonly engine: Engine;
  readonly container: StartedTestContainer;
  readonly networkId: string;
  readonly name: string;
  readonly ip: string;
  readonly output: NodeOutput;
}

/** One container of a cluster: a host of its own, as far as the software inside can tell. */
export class ClusterNode {
  /** The host name, which all nodes of the cluster can resolve. */
  readonly name: string;
  /** The address in the cluster's network; the same after a reconnection. */
  readonly ip: string;
  /** The container's id. */
  readonly id: string;
  readonly #engine: Engine;
  readonly #container: StartedTestContainer;
  readonly #networkId: string;
  readonly #requests = new InsideRequests(() => this.#startRequests());
  #output: NodeOutput;

  constructor(options: ClusterNodeOptions) {
    this.name = options.name;
    this.ip = options.ip;
    this.id = options.container.getId();
    this.#engine = options.engine;
    this.#container = options.container;
    this.#networkId = options.networkId;
    this.#output = options.output;
  }

  /** Everything the node printed so far. */
  logs(): string {
    return this.#output.text;
  }

  /** The last lines the node printed. */
  tail(lines = 50): string {
    return this.#output.tail(lines);
  }

  /** Waits until what the node printed, since it started, matches. */
  async waitForLog(pattern: RegExp, timeoutMs = waitTimeoutMs): Promise<RegExpExecArray> {
    return this.#output.waitFor(pattern, timeoutMs);
  }

  /** Runs a command inside and waits for its end; a shell line is `['sh', '-c', line]`. */
  async exec(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const { exitCode, stdout, stderr } = await this.#container.exec([...command], { env: { ...environment } });
    return { exitCode, stdout, stderr };
  }

  /**
   * Runs a command that is meant to succeed.
   *
   * @returns its stdout.
   * @throws when it fails.
   */
  async run(command: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.exec(command);
    if (exitCode !== 0)
      throw new Error(`${command.join(' ')} failed on ${this.name} (${exitCode}): ${stderr}${stdout}`);
    return stdout;
  }

  /** The ids, in the node, of its processes whose command line matches. */
  async processes(commandLine: RegExp): Promise<number[]> {
    const lines = (await this.run(['ps', '-o', 'pid,args'])).matchAll(/^ *(\d+) (.*)$/gm);
    return [...lines].filter(([, , args = '']) => commandLine.test(args)).map(([, pid]) => Number(pid));
  }

  /** Makes one HTTP request from inside the node to a server of the node, which works while it is cut off, too. */
  async request(request: InsideRequest): Promise<InsideResponse> {
    return this.#request(request, { untilOk: false, timeoutMs: 0 });
  }

  /** Reads a JSON answer of a server of the node. */
  async json(port: number, path: string): Promise<unknown> {
    const { status, body } = await this.request({ port, path });
    if (status !== 200) throw new Error(`${this.name} answered ${status} to ${path}: ${body}`);
    return JSON.parse(body);
  }

  /** Waits until a server of the node answers well. */
  async waitForHttp(port: number, path: string, timeoutMs = waitTimeoutMs): Promise<void> {
    await this.#request({ port, path }, { untilOk: true, timeoutMs });
  }

  /** Ends the node as a power cut does: SIGKILL to everything in it. */
  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** Sends a signal to the node's command. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.#docker().kill({ signal });
  }

  /**
   * Waits until the node's command has ended and all it printed is in the logs.
   *
   * @returns its exit status, which is 128 plus the signal's number if it was killed.
   * @throws when it has not ended within `timeoutMs`.
   */
  async waitForExit(timeoutMs = waitTimeoutMs): Promise<number> {
    const status = await this.#exitStatus(timeoutMs);
    // A stream that follows the logs misses a last line without a line break: the engine writes that one at the end.
    this.#output.end(plainText(await this.#docker().logs({ stdout: true, stderr: true, follow: false })));
    return status;
  }

  /** Starts a node that has ended again: the same host, address, files and command. Its logs begin with those of before. */
  async restart(): Promise<void> {
    await this.#docker().start();
    this.#output = new NodeOutput();
    followOutput(await this.#engine.container.logs(this.#docker()), this.#output);
  }

  /**
   * Cuts the node off the network, both ways, as pulling the cable does. Connections to others stay open and silent; the node itself
   * still reaches its own address, as a host does whose address is configured.
   */
  async disconnect(): Promise<void> {
    await this.#loopback('add');
    await this.#network().disconnect({ Container: this.id, Force: true });
  }

  /** Heals a disconnection: the node has its address and its name again. One that has ended has them when it is started again. */
  async reconnect(): Promise<void> {
    await this.#network().connect({
      Container: this.id,
      EndpointConfig: { IPAMConfig: { IPv4Address: this.ip }, Aliases: [this.name] },
    });
    const { State: state } = await this.#docker().inspect();
    if (state.Running) await this.#loopback('del');
  }

  /** Removes the container, whatever state it is in. */
  async remove(): Promise<void> {
    await this.#docker().remove({ force: true, v: true });
  }

  async #exitStatus(timeoutMs: number): Promise<number> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      const { StatusCode: status }: { StatusCode: number } = await this.#docker().wait({ abortSignal: timeout.signal });
      return status;
    } catch (error) {
      if (!timeout.signal.aborted) throw error;
      throw new Error(`${this.name} has not ended within ${timeoutMs} ms`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #request(request: InsideRequest, options: InsideRequestOptions): Promise<InsideResponse> {
    try {
      return await this.#requests.request(request, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`No answer from ${this.name}:${request.port}${request.path}: ${reason}`, { cause: error });
    }
  }

  /** Starts the program in the node that makes requests there. */
  async #startRequests(): Promise<InsideProgram> {
    const { dockerode } = this.#engine.container;
    const attached = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
    const exec = await this.#docker().exec({ Cmd: requestCommand(this.ip), ...attached });
    const input = await exec.start({ hijack: true, stdin: true });
    const output = new PassThrough();
    dockerode.modem.demuxStream(input, output, new PassThrough().resume());
    input.on('close', () => output.end());
    return { input, output };
  }

  /** Gives the loopback the node's address, or takes it back: with its interface the engine removes the address, too. */
  async #loopback(change: 'add' | 'del'): Promise<void> {
    await this.run(['ip', 'address', change, `${this.ip}/32`, 'dev', 'lo']);
  }

  #docker() {
    return this.#engine.container.dockerode.getContainer(this.id);
  }

  #network() {
    return this.#engine.container.dockerode.getNetwork(this.#networkId);
  }
}

const headerBytes = 8;

/** Takes the engine's frames apart: one byte for the stream, three of nothing, four for the length, then the text. */
function plainText(frames: Buffer): string {
  const texts: Buffer[] = [];
  for (let at = 0; at + headerBytes <= frames.length;) {
    const end = at + headerBytes + frames.readUInt32BE(at + 4);
    texts.push(frames.subarray(at + headerBytes, end));
    at = end;
  }
  return Buffer.concat(texts).toString();
}
