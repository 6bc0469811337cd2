/** What became of a change that an operator asked for, whichever way. */
export interface OperatorAnswer {
  readonly status: 200 | 202 | 400 | 403 | 404 | 409 | 501 | 503;
  /** Why it was not done. */
  readonly text?: string;
}

/** It is done. */
export const done: OperatorAnswer = { status: 200 };

/** What became of it will be known when the registry has it. */
export type LaterAnswer = OperatorAnswer | Promise<OperatorAnswer>;

/** The principal may not. */
export const forbidden: OperatorAnswer = { status: 403, text: '403 Forbidden.' };

/** It makes no sense. */
export function bad(text: string): OperatorAnswer {
  return { status: 400, text };
}

/** There is no such thing. */
export function notFound(text: string): OperatorAnswer {
  return { status: 404, text };
}

/** It cannot be done as things are. */
export function conflict(text: string): OperatorAnswer {
  return { status: 409, text };
}

/** It makes sense, but this master cannot do it yet. */
export function unsupported(what: string): OperatorAnswer {
  return { status: 501, text: `${what} is not supported yet` };
}

/** It cannot be done just now: something else is under way. */
export function busy(text: string): OperatorAnswer {
  return { status: 503, text };
}
