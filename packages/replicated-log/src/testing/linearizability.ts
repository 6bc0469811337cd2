/**
 * Whether a history of concurrent operations could have been the work of one thing that does one operation at a time, each at some moment between its
 * call and its return (Herlihy and Wing, 1990). The search is that of Wing and Gong with Lowe's memory of where it has been: it
 * takes any operation that was called before any other returned as the next, and goes back when the model cannot have answered so.
 */

/** An operation of a history. Times are of any kind that tells before from after. */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** Absent when it is not known whether, and how, it has been done: it may have been done at any time after its call, or never. */
  readonly output?: Output;
  readonly calledAt: number;
  /** Absent together with `output`. */
  readonly returnedAt?: number;
}

/** What does one operation at a time. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /** The state after an operation; undefined when it cannot have answered so. States are never changed. */
  apply(state: State, input: Input, output: Output | undefined): State | undefined;
  /** A text that equal states have in common, and others have not. */
  key(state: State): string;
}

/** An order in which the operations may have been done one by one, without those that may never have been; undefined when there is none. */
export function linearization<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
): Operation<Input, Output>[] | undefined {
  const operations = history.toSorted((one, other) => one.calledAt - other.calledAt);
  const returns = operations.map(({ returnedAt = Infinity }) => returnedAt);
  const required = returns.filter((returned) => returned < Infinity).length;
  const done = operations.map(() => false);
  const seen = new Set<string>();
  const order: number[] = [];

  /** Whether everything that is not done can be done from a state on; `left` operations of them have returned. */
  const search = (state: State, left: number): boolean => {
    if (left === 0) return true;
    const key = `${done.map((isDone) => (isDone ? '1' : '0')).join('')} ${model.key(state)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    const firstReturn = Math.min(...returns.filter((_, index) => done[index] === false));
    for (const [index, { input, output, calledAt }] of operations.entries()) {
      // Whatever was called after something has returned that is not done comes after that.
      if (calledAt > firstReturn) break;
      if (done[index] !== false) continue;
      const next = model.apply(state, input, output);
      if (next === undefined) continue;
      done[index] = true;
      order.push(index);
      if (search(next, returns[index] === Infinity ? left : left - 1)) return true;
      order.pop();
      done[index] = false;
    }
    return false;
  };

  if (!search(model.initial, required)) return undefined;
  return order.flatMap((index) => operations[index] ?? []);
}

/** What is done to a log. */
export type LogOperation = { readonly type: 'append'; readonly value: string } | { readonly type: 'read' };

/** What an append answers: its position. What a read answers: all entries, in their order. */
export type LogOutcome = number | readonly string[];

interface LogState {
  readonly last: number;
  readonly values: readonly string[];
}

/** A log: appends go to its end, at positions that ascend, and a read sees all of them. */
export const logModel: SequentialModel<LogState, LogOperation, LogOutcome> = {
  initial: { last: -1, values: [] },
  apply: (state, input, output) => {
    if (input.type === 'append') {
      if (output === undefined) return { last: state.last, values: [...state.values, input.value] };
      if (typeof output !== 'number' || output <= state.last) return undefined;
      return { last: output, values: [...state.values, input.value] };
    }
    if (output === undefined || typeof output === 'number') return state;
    const isSame =
      output.length === state.values.length && output.every((value, index) => value === state.values[index]);
    return isSame ? state : undefined;
  },
  key: ({ last, values }) => `${last} ${values.join(',')}`,
};
