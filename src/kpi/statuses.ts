import { ORDER_STATUSES, type OrderStatus } from '../config-schema.js';

export interface StatusRole {
  /** Where an order with this status stands. */
  stage: 'unpaid' | 'in the kitchen' | 'finished' | 'cancelled';
  /** In words, for --define. */
  means: string;
}

/** What each status counts in, besides being placed; whether it is sold is for the configuration to say. */
export const STATUS_ROLES: Readonly<Record<OrderStatus, StatusRole>> = {
  PENDING: { stage: 'unpaid', means: 'placed, not confirmed by the customer' },
  CONFIRMED: { stage: 'unpaid', means: 'a payment link exists, which is not a payment' },
  PAID: { stage: 'in the kitchen', means: 'paid, not begun' },
  PREPARING: { stage: 'in the kitchen', means: 'being cooked' },
  READY: { stage: 'in the kitchen', means: 'ready, not handed over' },
  DELIVERED: { stage: 'finished', means: 'handed over' },
  CANCELLED: { stage: 'cancelled', means: 'cancelled, whenever that was' },
};

export function statusesOf(...stages: readonly StatusRole['stage'][]): OrderStatus[] {
  return ORDER_STATUSES.filter((status) => stages.includes(STATUS_ROLES[status].stage));
}
