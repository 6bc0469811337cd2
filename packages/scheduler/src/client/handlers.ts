import type {
  InverseOffer,
  Offer,
  OfferID,
  OperationStatus,
  SchedulerEvent_Failure,
  SchedulerEvent_Message,
  SchedulerEvent_Subscribed,
  TaskStatus,
} from '@mesos-ts/protocol';
import type { TypedEvent } from '../event.ts';

/** An event of a `SchedulerClient`. */
export type ClientEvent = Exclude<TypedEvent, { readonly type: 'ERROR' | 'HEARTBEAT' | 'UNKNOWN' }>;

type Handled = void | Promise<void>;

/** What is done about events: each is waited for before the next one comes. */
export interface SchedulerHandlers {
  /** Resources are offered. Every offer is to be accepted or declined; until then nobody else can use it. */
  offers(offers: readonly Offer[]): Handled;
  /** A task's state has changed. The same update may come more than once, until it is acknowledged. */
  update(status: TaskStatus): Handled;
  /** A master has taken the framework, the first time or again. Offers from before are void. */
  subscribed?(subscribed: SchedulerEvent_Subscribed): Handled;
  /** An offer has been taken back. */
  rescind?(offerId: OfferID): Handled;
  /** Agents will be away for maintenance, and the framework has something of them: it says whether that will be free by then. */
  inverseOffers?(offers: readonly InverseOffer[]): Handled;
  /** An inverse offer has been taken back. */
  rescindInverseOffer?(offerId: OfferID): Handled;
  /** An operation other than a launch has changed its state, or its state was asked for with `RECONCILE_OPERATIONS`. */
  updateOperation?(status: OperationStatus): Handled;
  /** An executor has sent data. */
  message?(message: SchedulerEvent_Message): Handled;
  /** An agent was removed, or, when `executor_id` is set, an executor has ended. */
  failure?(failure: SchedulerEvent_Failure): Handled;
}

/** Brings an event to its handler. */
export function handleEvent(handlers: SchedulerHandlers, event: ClientEvent): Handled {
  switch (event.type) {
    case 'SUBSCRIBED':
      return handlers.subscribed?.(event.subscribed);
    case 'OFFERS':
      return handlers.offers(event.offers.offers ?? []);
    case 'RESCIND':
      return handlers.rescind?.(event.rescind.offer_id);
    case 'INVERSE_OFFERS':
      return handlers.inverseOffers?.(event.inverse_offers.inverse_offers ?? []);
    case 'RESCIND_INVERSE_OFFER':
      return handlers.rescindInverseOffer?.(event.rescind_inverse_offer.inverse_offer_id);
    case 'UPDATE':
      return handlers.update(event.update.status);
    case 'UPDATE_OPERATION_STATUS':
      return handlers.updateOperation?.(event.update_operation_status.status);
    case 'MESSAGE':
      return handlers.message?.(event.message);
    case 'FAILURE':
      return handlers.failure?.(event.failure);
  }
}
