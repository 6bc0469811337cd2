/**
 * Calls of actors to gRPC servers, on `@grpc/grpc-js`, which is to be installed beside this package.
 *
 * @module
 */
export { GrpcConnections } from './grpc-connections.ts';
export { GrpcError } from './grpc-error.ts';

export type {
  GrpcCallOptions,
  GrpcClient,
  GrpcClientOptions,
  GrpcMetadata,
  GrpcMethod,
  GrpcResult,
} from './grpc-client.ts';
export type { GrpcConnectionsOptions } from './grpc-connections.ts';
