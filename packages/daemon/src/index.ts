/**
 * What the master's and the agent's programs share: the life of a program, the flags that both have, where they serve, the endpoints
 * that both have, and protocol objects as the v0 endpoints show them.
 *
 * @module
 */
export { accepted, forbid, httpResponse, ok, refuse, respond, respondWith, stream } from './api/answer.ts';
export { encodeMessage } from './api/encode-message.ts';
export { apiEndpoint } from './api/endpoint.ts';
export { EventStream, StreamEvent } from './api/event-stream.ts';
export { answerTypeFor, messageTypeOf } from './api/media-type.ts';
export { webSocketResponse } from './api/web-socket.ts';
export { decodeCall, readCall } from './api/read-call.ts';
export { hostnameOf, runtimeOf, startRuntime } from './address.ts';
export { readCredential, readCredentials } from './authentication/credentials.ts';
export { authenticationFlags } from './authentication/flags.ts';
export { byCertificate } from './authentication/http-authenticators.ts';
export { readHttpSecurity } from './authentication/http-security.ts';
export { certificatePeers } from './authentication/peer-authenticator.ts';
export { renewCredentials } from './authentication/secure-http.ts';
export { approveAll, approversBy } from './authorization/approvers.ts';
export { authorizableEndpoints } from './authorization/authorizable-endpoints.ts';
export { approversOf } from './authorization/authorizer.ts';
export { authorizationFlags, localAuthorizer } from './authorization/flags.ts';
export { parseAcls } from './authorization/local/acls.ts';
export { LocalAuthorizer } from './authorization/local/local-authorizer.ts';
export { mayViewResource, visibleRoles } from './authorization/view-resource.ts';
export { ensureDirectory } from './directory.ts';
export { endpointHandler, flagsHandler, forbidden, healthHandler, viewHandler } from './endpoints.ts';
export { declareEventQueue } from './event-queue-metrics.ts';
export { Files } from './files/files.ts';
export { helpPage, helpParameters, jsonpHelp } from './help.ts';
export { commonFlags, completeFlags, logFile, refuseLaterFlags } from './flags.ts';
export { modulesFlags } from './modules/flags.ts';
export { loadModules, noModules } from './modules/load-modules.ts';
export { defaultSecretResolver, secretResolverOf } from './secret-resolver.ts';
export { startWith } from './opened.ts';
export { commonCalls } from './operator/common-calls.ts';
export { processIo, runDaemon } from './program.ts';
export { spawnDaemonProcesses, systemServices } from './system-processes.ts';
export { labelsJson, optionalJson, seconds } from './v0-json/json.ts';
export { attributesJson, fullResourcesJson, reservationsJson, resourcesJson, roleOf } from './v0-json/resources.ts';
export { commandJson, taskJson } from './v0-json/task.ts';
export { buildTimeMs, mesosVersion, versionJson } from './version.ts';

export type { AddressFlags, StartRuntimeOptions } from './address.ts';
export type { Answer } from './api/answer.ts';
export type { ApiEndpoint, ApiEndpointOptions, CallContext } from './api/endpoint.ts';
export type { FramedEvent, EventStreamOptions, StreamEnd, StreamType } from './api/event-stream.ts';
export type { MessageType } from './api/media-type.ts';
export type { Reading } from './api/read-call.ts';
export type { Caller, CommonCall, CommonServices } from './operator/common-calls.ts';
export type { Credential, Credentials, Loaded } from './authentication/credentials.ts';
export type { AuthenticatorFactory } from './authentication/http-authenticators.ts';
export type {
  DaemonSecurity,
  HttpSecurity,
  SecurityChoices,
  SecurityFlags,
  SecurityOptions,
} from './authentication/http-security.ts';
export type { AuthenticationPeer, PeerAuthenticator } from './authentication/peer-authenticator.ts';
export type { SecretText } from './authentication/secret-file.ts';
export type { Approvers } from './authorization/approvers.ts';
export type { Action, ActionObjects, AuthorizationObject } from './authorization/authorization-object.ts';
export type { Authorizer } from './authorization/authorizer.ts';
export type { Acl, Acls, Entity } from './authorization/local/acls.ts';
export type { Endpoint } from './endpoints.ts';
export type { FilePart, FilesRefusal } from './files/contents.ts';
export type { FileDetails } from './files/file-info.ts';
export type { FilesPermission } from './files/files.ts';
export type { CommonFlags, CommonFlagsOptions } from './flags.ts';
export type { LoadedModules } from './modules/load-modules.ts';
export type {
  AuthenticatorModule,
  AuthorizerModule,
  HttpAuthenticatorModule,
  Module,
  ModuleParameters,
  SecretResolverModule,
} from './modules/module.ts';
export type { SecretResolver } from './secret-resolver.ts';
export type { Opened } from './opened.ts';
export type { DaemonProgram, Invocation, ProgramIo, ProgramSignal, RunningDaemon } from './program.ts';
export type { Json, JsonObject } from './v0-json/json.ts';
export type { VersionJson } from './version.ts';
