/** Reading calls of the agent's operator API, which unlike others has streaming requests and answers (Mesos's `src/slave/http.cpp`). */
import { refuse, type Answer, type MessageType } from '@mesos-ts/daemon';
import { acceptsMediaType, readBody } from '@mesos-ts/libprocess';
import type { HttpRequest } from '@mesos-ts/libprocess';
import { decode, fromJson, parseJson, ProtocolError, RecordDecoder } from '@mesos-ts/protocol';
import type { AgentCall } from '@mesos-ts/protocol';

import { validateOperatorCall } from '../validation/operator-call.ts';

const streaming = 'application/recordio';
type MediaType = MessageType | typeof streaming;

/** A call that was read and is valid. */
export interface OperatorRequest {
  readonly call: AgentCall;
  /** The form of an answer that is a message. */
  readonly accept: MessageType;
  readonly answer?: undefined;
}

/** Reads the call in a request, or answers why there is none, in Mesos's order: headers first. */
export async function readOperatorRequest(
  request: Pick<HttpRequest, 'body' | 'headers'>,
): Promise<OperatorRequest | { readonly answer: Answer }> {
  const { headers } = request;
  const content = contentTypeOf(headers);
  if ('answer' in content) return content;
  const accept = acceptOf(headers);
  if ('answer' in accept) return accept;
  const bytes = content.type === streaming ? await firstRecord(request.body) : await readBody(request.body, Infinity);
  if ('answer' in bytes) return bytes;
  const decoded = decodeCall(bytes, content.messageType);
  if ('answer' in decoded) return decoded;
  const { call } = decoded;
  const problem = validateOperatorCall(call);
  if (problem !== undefined) return refused(400, `Failed to validate agent::Call: ${problem}`);
  return streamProblem(call, content.type, accept.type) ?? { call, accept: accept.messageType };
}

function contentTypeOf(
  headers: HttpRequest['headers'],
): { readonly type: MediaType; readonly messageType: MessageType } | { readonly answer: Answer } {
  const header = headers['content-type'];
  if (header === undefined) return refused(400, "Expecting 'Content-Type' to be present");
  const inner = headers['message-content-type'];
  if (header === streaming) {
    if (inner === undefined) {
      return refused(400, "Expecting 'Message-Content-Type' to be set for streaming requests");
    }
    if (inner === 'application/json' || inner === 'application/x-protobuf') {
      return { type: streaming, messageType: inner };
    }
    return refused(415, "Expecting 'Message-Content-Type' of application/json or application/x-protobuf");
  }
  if (header !== 'application/json' && header !== 'application/x-protobuf') {
    return refused(415, `Expecting 'Content-Type' of application/json or application/x-protobuf or ${streaming}`);
  }
  if (inner !== undefined) {
    return refused(415, "Expecting 'Message-Content-Type' to be not set for non-streaming requests");
  }
  return { type: header, messageType: header };
}

function acceptOf(
  headers: HttpRequest['headers'],
): { readonly type: MediaType; readonly messageType: MessageType } | { readonly answer: Answer } {
  const { accept } = headers;
  const type = ([...messageTypes, streaming] as const).find((each) => acceptsMediaType(accept, each));
  if (type === undefined) {
    return refused(406, `Expecting 'Accept' to allow application/json or application/x-protobuf or ${streaming}`);
  }
  const inner = headers['message-accept'];
  if (type !== streaming) {
    if (inner === undefined) return { type, messageType: type };
    return refused(406, "Expecting 'Message-Accept' to be not set for non-streaming responses");
  }
  const text = typeof inner === 'string' || inner === undefined ? inner : inner.join(', ');
  const messageType = messageTypes.find((each) => acceptsMediaType(text, each));
  if (messageType !== undefined) return { type, messageType };
  return refused(406, "Expecting 'Message-Accept' to allow application/json or application/x-protobuf");
}

const messageTypes = ['application/json', 'application/x-protobuf'] as const;

/** Says which type of call the forms of its request and answer do not suit. */
function streamProblem(
  { type = 'UNKNOWN' }: AgentCall,
  content: MediaType,
  accept: MediaType,
): { readonly answer: Answer } | undefined {
  if (content === streaming && type !== 'ATTACH_CONTAINER_INPUT') {
    return refused(415, `Streaming 'Content-Type' ${streaming} is not supported for ${type} call`);
  }
  if (content !== streaming && type === 'ATTACH_CONTAINER_INPUT') {
    return refused(415, `Expecting 'Content-Type' to be ${streaming} for ${type} call`);
  }
  if (accept === streaming && type !== 'ATTACH_CONTAINER_OUTPUT' && type !== 'LAUNCH_NESTED_CONTAINER_SESSION') {
    return refused(406, `Streaming response is not supported for ${type} call`);
  }
  return undefined;
}

async function firstRecord(body: AsyncIterable<Uint8Array>): Promise<Buffer | { readonly answer: Answer }> {
  const decoder = new RecordDecoder();
  try {
    for await (const chunk of body) {
      const [record] = decoder.push(chunk);
      if (record !== undefined) return Buffer.from(record);
    }
  } catch (error) {
    if (error instanceof ProtocolError) return refused(400, `Decoder failure: ${error.message}`);
    throw error;
  }
  return refused(400, 'Received EOF while reading request body');
}

function decodeCall(bytes: Buffer, type: MessageType): { readonly call: AgentCall } | { readonly answer: Answer } {
  const name = 'mesos.v1.agent.Call';
  try {
    if (type === 'application/x-protobuf') return { call: decode(name, bytes) };
    const { error, value } = parseJson(bytes.toString());
    if (error !== undefined) return refused(400, `Failed to parse body into JSON: ${error}`);
    return { call: fromJson(name, value) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return refused(400, type === 'application/json' ? error.message : 'Failed to parse body into a protobuf object');
  }
}

function refused(status: number, text: string): { readonly answer: Answer } {
  return { answer: refuse(status, text) };
}
