import { Metadata, status } from '@grpc/grpc-js';
import { ProcessError, errorText } from '../errors.ts';
import { processHooks } from '../actor/process.ts';
import { GrpcError } from './grpc-error.ts';
import type { ChannelCredentials, Client, ClientUnaryCall } from '@grpc/grpc-js';
import type { HandlerResult } from '../actor/handlers.ts';
import type { Process, ProcessContext, ProcessRuntime } from '../actor/process.ts';

/** A unary method of a gRPC service, and how its messages are written and read: by any protobuf library, or by hand. */
export interface GrpcMethod<Request, Response> {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly serialize: (request: Request) => Uint8Array;
  readonly deserialize: (bytes: Uint8Array) => Response;
}

/** Header fields of a call. The names of binary values end with `-bin`. */
export type GrpcMetadata = Readonly<Record<string, string | Uint8Array>>;

/** Options of a call. */
export interface GrpcCallOptions {
  /**
   * How long it may take, in milliseconds on the runtime's clock; beyond, it ends with `DEADLINE_EXCEEDED`. The server is told, if
   * it is less than 24 days. Infinite for no limit. @default 60,000, as with libprocess
   */
  readonly timeoutMs?: number;
  /** Whether it waits for a server that cannot be reached yet, instead of ending with `UNAVAILABLE`. @default true, as with libprocess */
  readonly waitForReady?: boolean;
  readonly metadata?: GrpcMetadata;
  /** Aborting it cancels the call; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What became of a call. */
export type GrpcResult<Response> =
  | { readonly response: Response; readonly error?: undefined }
  | { readonly response?: undefined; readonly error: unknown };

/** Options of `GrpcConnections.client`. */
export interface GrpcClientOptions {
  /** The actor whose calls these are: they are cancelled when it ends. */
  readonly owner?: Process;
  /** @default without encryption */
  readonly credentials?: ChannelCredentials;
}

/** A connection that is being used for a call. */
export interface Lease {
  readonly client: Client;
  /** Gives it back. To be called once. */
  release(): void;
  /** Aborts when the call is to be cancelled because all connections end. */
  readonly signal: AbortSignal;
}

/** Calls unary methods of one server. Made by `GrpcConnections.client`. */
export class GrpcClient {
  readonly #runtime: ProcessRuntime;
  readonly #owner: Process | undefined;
  readonly #lease: () => Lease;

  /** @internal */
  constructor(runtime: ProcessRuntime, owner: Process | undefined, lease: () => Lease) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#lease = lease;
  }

  /**
   * Calls a method. Rejects with `GrpcError` for any status but OK, with the signal's reason when it aborts, with `PROCESS_TERMINATED`
   * when the owner ends or has ended, and with `CLOSED` when the connections are closed. The promise does not go through the owner's
   * mailbox, so that it can be awaited in `initialize`; for an answer that is an event like others there is `send`.
   */
  async call<Request, Response>(
    method: GrpcMethod<Request, Response>,
    request: Request,
    options: GrpcCallOptions = {},
  ): Promise<Response> {
    const { timeoutMs = 60_000, signal } = options;
    const signals = [this.#context()?.lifetime, signal].filter((one) => one !== undefined);
    for (const one of signals) one.throwIfAborted();
    if (timeoutMs <= 0) throw deadlineExceeded(timeoutMs);
    const metadata = toMetadata(options, timeoutMs);
    const lease = this.#lease();
    const { clock } = this.#runtime;
    return new Promise((resolve, reject) => {
      let call: ClientUnaryCall | undefined;
      const end = (): void => {
        clock.cancel(timer);
        for (const [one, abort] of aborts) one.removeEventListener('abort', abort);
        lease.release();
      };
      const cancel = (reason: unknown): void => {
        end();
        reject(reason);
        call?.cancel();
      };
      const aborts = [...signals, lease.signal].map((one) => {
        const abort = (): void => {
          cancel(one.reason);
        };
        one.addEventListener('abort', abort, { once: true });
        return [one, abort] as const;
      });
      const timer = clock.timer(timeoutMs, () => {
        cancel(deadlineExceeded(timeoutMs));
      });
      try {
        call = unary(lease.client, method, request, metadata, (error, response) => {
          // Of what was cancelled, the end is told a second time here.
          if (!clock.cancel(timer)) return;
          end();
          if (error === undefined) resolve(response as Response);
          else reject(error);
        });
      } catch (error) {
        cancel(error);
      }
    });
  }

  /**
   * Calls a method and hands what becomes of it to the owner, in its turn and after what was in its mailbox before. When the owner ends
   * first, nothing happens any more. An exception in the handler ends the owner.
   */
  send<Request, Response>(
    method: GrpcMethod<Request, Response>,
    request: Request,
    handler: (result: GrpcResult<Response>) => HandlerResult,
    options: GrpcCallOptions = {},
  ): void {
    const context = this.#context();
    if (context === undefined) throw new ProcessError('INVARIANT', 'Only an owner can be handed an answer');
    const deliver = (result: GrpcResult<Response>): void => {
      if (!context.terminated) handOver(context, method.path, () => handler(result));
    };
    this.call(method, request, options).then(
      (response) => {
        deliver({ response });
      },
      (error: unknown) => {
        deliver({ error });
      },
    );
  }

  #context(): ProcessContext | undefined {
    return this.#owner === undefined ? undefined : processHooks().contextOf(this.#owner);
  }
}

function handOver(context: ProcessContext, name: string, handler: () => HandlerResult): void {
  const { runtime, self } = context;
  let hasBegun = false;
  const work = (): HandlerResult => {
    hasBegun = true;
    return handler();
  };
  context.perform(work).catch((error: unknown) => {
    // An answer that the mailbox has refused was counted there.
    if (!hasBegun || context.terminated) return;
    runtime.logger.error(`Actor ${self.id} failed with the answer of ${name} and ends: ${errorText(error)}`);
    runtime.terminate(self, { reason: { type: 'failed', handler: name, error } });
  });
}

function unary<Request, Response>(
  client: Client,
  method: GrpcMethod<Request, Response>,
  request: Request,
  metadata: Metadata,
  done: (error: GrpcError | undefined, response?: Response) => void,
): ClientUnaryCall {
  const serialize = (value: Request): Buffer => {
    const bytes = method.serialize(value);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  return client.makeUnaryRequest(method.path, serialize, method.deserialize, request, metadata, (error, response) => {
    if (error === null) done(undefined, response);
    else done(new GrpcError(error.code, error.details, error.metadata, { cause: error }));
  });
}

function toMetadata({ metadata = {}, waitForReady = true }: GrpcCallOptions, timeoutMs: number): Metadata {
  const fields = new Metadata({ waitForReady });
  for (const [name, value] of Object.entries(metadata)) {
    fields.set(name, typeof value === 'string' ? value : Buffer.from(value));
  }
  // Time is the runtime's: grpc-js, which would take the machine's, only passes it on.
  if (timeoutMs <= toldTimeoutMsMax) fields.set('grpc-timeout', timeoutText(timeoutMs));
  return fields;
}

// Servers on grpc-js count in 32 bits, and take more than that for another time.
const toldTimeoutMsMax = 2_147_483_647;

/** At most eight digits and a unit (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
function timeoutText(timeoutMs: number): string {
  return timeoutMs < 99_999_999 ? `${Math.ceil(timeoutMs)}m` : `${Math.ceil(timeoutMs / 1_000)}S`;
}

function deadlineExceeded(timeoutMs: number): GrpcError {
  return new GrpcError(status.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`);
}
