import { randomInt } from 'node:crypto';
import { happens } from './random.js';

/** An event as it is delivered, before it is signed. */
export interface SimulatedEvent {
  path: string;
  contentType: string;
  body: Buffer;
}

/** What one provider sends. */
export interface Traffic {
  /** The events of the next story: what one order, customer or message makes happen, in its order. */
  next(): SimulatedEvent[];
  /** The headers that vouch for a delivery, made when it is sent. */
  sign(event: SimulatedEvent): Record<string, string>;
}

export interface DeliveryPlan {
  count: number;
  /** So many percent of the events are delivered twice. */
  duplicates: number;
  /** In any order; else stories overlap a little, as they do, and each is told in its order. */
  shuffle: boolean;
}

/** How far behind its first delivery a second one comes, in deliveries. */
const DUPLICATE_WITHIN = 50;

/** What to deliver, in this order. */
export function planDeliveries(traffic: Traffic, plan: DeliveryPlan): SimulatedEvent[] {
  const events: SimulatedEvent[] = [];
  while (events.length < plan.count) events.push(...traffic.next());
  events.length = plan.count;
  const at = (place: number) => (plan.shuffle ? Math.random() : place);
  const placed = events.flatMap((event, place) => [
    { event, place: at(place) },
    ...(happens(plan.duplicates) ? [{ event, place: at(place + 0.5 + randomInt(DUPLICATE_WITHIN)) }] : []),
  ]);
  return placed.sort((a, b) => a.place - b.place).map(({ event }) => event);
}
