// Messages with a `type` that says which other field is set: Mesos's calls and events. Here they become unions.
import { ProtocolError } from '../errors.ts';
import { check, type MessageName, type MessageOf } from './check.ts';

/** The names of messages that may have a type, which may be unknown. */
type TypedName = {
  [N in MessageName]: 'UNKNOWN' extends (MessageOf<N> extends { type?: infer T } ? T : never) ? N : never;
}[MessageName];

type TypeOf<N extends TypedName> = NonNullable<MessageOf<N>['type']>;

/** The field that each type of a message demands, for example `{ LAUNCH: 'launch', SHUTDOWN: undefined }`. */
export type TypedFields<N extends TypedName> = { readonly [T in TypeOf<N>]: keyof MessageOf<N> | undefined };

type With<M, F> = F extends keyof M ? { readonly [K in F]: NonNullable<M[K]> } : unknown;

/** A message whose type and field belong together: `{ type: 'LAUNCH', launch: {...} }`. */
export type Typed<N extends TypedName, F extends TypedFields<N>> = {
  [T in TypeOf<N>]: { readonly type: T } & With<MessageOf<N>, F[T]>;
}[TypeOf<N>];

/**
 * {@link checker} for a message with a type; the field that the type demands must be set. Without a type it is `UNKNOWN`, as in
 * Mesos.
 *
 * @throws {@link ProtocolError} `PROTOCOL_INVALID_MESSAGE`, from the function that it returns.
 */
export function typedChecker<N extends TypedName, const F extends TypedFields<N>>(
  name: N,
  fields: F,
): (value: unknown) => Typed<N, F> {
  return (value) => {
    const message = check(name, value);
    const type: TypeOf<N> = message.type ?? 'UNKNOWN';
    const field: keyof MessageOf<N> | undefined = fields[type];
    if (field !== undefined && message[field] === undefined) {
      throw new ProtocolError('PROTOCOL_INVALID_MESSAGE', `not a ${name}: ${type} without '${String(field)}'`);
    }
    // The type was looked up and its field is there, which the compiler cannot follow for a type yet unknown.
    return { ...message, type } as unknown as Typed<N, F>;
  };
}
