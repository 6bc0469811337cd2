import type { X509Certificate } from 'node:crypto';
import type { Authorizer, Files } from '@mesos-ts/daemon';
import type { PID } from '@mesos-ts/libprocess';
import type { AuthenticationSettings } from './authentications.ts';
import type { Election } from './leadership.ts';
import type { MasterFacts, MasterSettings } from './options.ts';
import type { Registrar } from './registrar/registrar.ts';

/** Options of the `Master` actor. */
export interface MasterOptions {
  readonly settings: MasterSettings;
  /** What the master says of itself; see `masterInfo`. */
  readonly facts: MasterFacts;
  /** Keeps the registry. The master ends with it. */
  readonly registrar: PID<Registrar>;
  /** What `/files` shows. */
  readonly files: Files;
  /** Who decides what clients may do. @default everybody may do everything */
  readonly authorizer?: Authorizer | undefined;
  /** How masters are elected. @default this one has no rivals, and leads from the start */
  readonly election?: Election | undefined;
  /** Who must have proved who it is, of agents and schedulers that are actors. @default nobody, and nobody can */
  readonly authentication?: AuthenticationSettings | undefined;
  /** The certificate that the runtime of an actor has shown. @default none */
  readonly certificateOf?: ((pid: PID) => X509Certificate | undefined) | undefined;
}
