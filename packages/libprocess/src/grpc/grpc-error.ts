import { Metadata, status } from '@grpc/grpc-js';
import { ProcessError } from '../errors.ts';

/** A call that ended with another status than OK. Its `code` is `GRPC_STATUS`; what tells such errors apart is `status`. */
export class GrpcError extends ProcessError {
  /** The number of the status (https://grpc.io/docs/guides/status-codes/), as in `status` of `@grpc/grpc-js`. */
  readonly status: number;
  /** What the server, or the client in its stead, says about it. */
  readonly details: string;
  /** The trailing metadata. */
  readonly metadata: Metadata;

  constructor(code: number, details: string, metadata = new Metadata(), options?: ErrorOptions) {
    super('GRPC_STATUS', `${status[code] ?? code}${details === '' ? '' : `: ${details}`}`, options);
    this.name = 'GrpcError';
    this.status = code;
    this.details = details;
    this.metadata = metadata;
  }
}
