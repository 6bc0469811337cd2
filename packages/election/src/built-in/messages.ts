/** What masters that elect among themselves say to each other. */

/** A master, by its `ip:port`. */
export type Peer = string;

/** What a master must not forget: the latest term it has taken part in, whom it gave its vote there, and whom it has promised to vote for nobody else. */
export interface Vote {
  readonly term: number;
  readonly votedFor: Peer | undefined;
  /** The last promise: to whom, and in which of its terms. Absent where that is not known. */
  readonly promised?: { readonly to: Peer; readonly term: number };
}

/** Asks for a vote in a term; `isTrial`: only whether it would be given, so that nobody begins a term in vain. */
export interface Ask {
  readonly type: 'ask';
  readonly term: number;
  readonly isTrial: boolean;
  /** By the clock of who asks, given back with the answer. */
  readonly sentMs: number;
}

/** Gives a vote or refuses it; then `term` is the one that is known here. */
export interface Answer {
  readonly type: 'answer';
  readonly term: number;
  readonly isTrial: boolean;
  readonly isGranted: boolean;
  readonly sentMs: number;
}

/** The leader of a term leads on. */
export interface Lead<Info> {
  readonly type: 'lead';
  readonly term: number;
  /** By the clock of the leader, given back with the confirmation. */
  readonly sentMs: number;
  readonly info: Info;
}

/** Who hears that somebody leads promises to vote for nobody else for a while. */
export interface Confirm {
  readonly type: 'confirm';
  readonly term: number;
  readonly sentMs: number;
}

/** Who asked or led in a term will never lead in it (again): promises to it count no more. */
export interface Release {
  readonly type: 'release';
  readonly term: number;
}

/** A message between masters. `Info` is what the leader tells of itself. */
export type ElectionMessage<Info> = Ask | Answer | Lead<Info> | Confirm | Release;
