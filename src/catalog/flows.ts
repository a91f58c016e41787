import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import type { Diagram } from './erd.js';
import { WRITERS } from './writers.js';

/** How data comes about and where it goes, each as a diagram in the language of Mermaid. */
export const FLOWS: readonly Diagram[] = [
  {
    id: 'order',
    title: 'How an order is made, and what becomes of it',
    mermaid: `stateDiagram-v2
  [*] --> PENDING: ordered (orders, items as they cost then)
  PENDING --> CONFIRMED: the platform makes a payment link (orders.paymentUrl)
  PENDING --> PAID: Stripe reports a payment (orders.paymentId, orders.platformFee)
  CONFIRMED --> PAID: Stripe reports a payment (orders.paymentId, orders.platformFee)
  PAID --> PREPARING: the kitchen
  PREPARING --> READY: the kitchen
  READY --> DELIVERED: the kitchen
  PENDING --> CANCELLED: the platform
  CONFIRMED --> CANCELLED: the platform
  PAID --> CANCELLED: refunded in full
  PREPARING --> CANCELLED: refunded in full
  READY --> CANCELLED: refunded in full
  DELIVERED --> [*]
  CANCELLED --> [*]
  note right of PAID
    sold from here on: customers.totalOrders,
    customers.totalSpent and customers.lastOrderAt follow
  end note
  note right of CANCELLED
    paid all the same: not revived,
    ops.webhook_inbox.task says refund needed
  end note`,
  },
  {
    id: 'stripe',
    title: 'From a Stripe webhook to rows',
    mermaid: stripeFlow(),
  },
  {
    id: 'sms',
    title: 'From a text message to an order and its payment',
    mermaid: `sequenceDiagram
  actor customer as Customer
  participant provider as Twilio or EZTexting
  participant receiver as webhooks serve
  participant inbox as ops.webhook_inbox
  participant worker as webhooks work
  participant platform as tables of the platform
  participant stripe as Stripe
  customer->>provider: MENU, or 1, 3
  provider->>receiver: POST, signed
  receiver->>inbox: stored once (ops.webhook_payloads has the bytes)
  inbox-->>worker: sms.inbound, under a lease
  worker->>platform: sms_logs, INBOUND and RECEIVED
  worker->>platform: customers, found by number or made
  alt MENU
    worker->>platform: reads menus and menu_items of today
  else numbers of dishes
    worker->>platform: orders, PENDING, with items, totalAmount and platformFee
  else STOP or START
    worker->>platform: customers.isActive
  else anything else
    worker->>worker: logged, and nothing more
  end
  worker->>inbox: ops.webhook_replies, in the same transaction
  receiver-->>provider: 2xx with the reply
  provider-->>customer: the reply
  platform-->>customer: link to pay (orders.paymentUrl), by the platform
  customer->>stripe: pays
  stripe->>receiver: checkout.session.completed, payment_intent.succeeded
  worker->>platform: orders PAID, totals of customers`,
  },
  {
    id: 'delivery',
    title: 'From a delivery receipt to the status of a message',
    mermaid: `sequenceDiagram
  participant provider as Twilio or EZTexting
  participant receiver as webhooks serve
  participant spool as spool on disk
  participant inbox as ops.webhook_inbox
  participant worker as webhooks work
  participant messages as sms_logs
  provider->>receiver: status of a message, signed
  alt the database is there
    receiver->>inbox: stored once by message, status and error
  else it is down
    receiver->>spool: written and synced
    spool->>inbox: in order, when it is back
  end
  receiver-->>provider: 2xx
  inbox-->>worker: sms.status, under a lease
  alt sms_logs.twilioSid is known
    worker->>messages: status and errorCode, only upwards: SENT, FAILED, DELIVERED
  else not yet
    worker->>inbox: waiting, dead as orphan after 15 minutes
  end`,
  },
  {
    id: 'nightly',
    title: 'What a night does',
    mermaid: `flowchart LR
  orders[(orders)]
  customers[(customers)]
  businesses[(business_customers)]
  numbers[(phone_number_inventory)]
  messages[(sms_logs)]
  recycle["1 recycle"]
  reconcile["2 reconcile"]
  segments["3 segments"]
  summaries["4 summaries"]
  checks["5 checks"]
  scores[("ops.customer_rfm_scores")]
  stats[("ops.daily_order_stats<br/>ops.business_health<br/>ops.kpi_snapshots")]
  results[("ops.check_results")]
  ledger[("ops.change_log")]
  told["Slack, ping, Prometheus"]
  numbers --> recycle --> numbers
  recycle --> businesses
  orders --> reconcile --> customers
  orders --> segments --> scores
  segments -->|category| customers
  orders --> summaries --> stats
  businesses --> summaries
  messages --> summaries
  orders --> checks --> results
  customers --> checks
  messages --> checks
  recycle --> ledger
  reconcile --> ledger
  segments --> ledger
  checks --> told`,
  },
];

/** Drawn from what the handlers write. */
function stripeFlow(): string {
  const writers = WRITERS.filter(({ on }) => on !== undefined && !on.startsWith('sms.'));
  const events = [...new Set(writers.map(({ on }) => on ?? ''))];
  const effects = events.flatMap((event, index) => {
    const tables = writers.filter(({ on }) => on === event).flatMap(({ tables }) => Object.entries(tables));
    const edges = tables.map(([table, columns]) => edge(index, table, columns));
    return [
      `  worker --> event${index}["${event}"]`,
      ...(tables.length === 0 ? [`  event${index} -->|noted only| inbox`] : edges),
    ];
  });
  return [
    'flowchart LR',
    '  stripe["Stripe"] -->|signed POST| receiver["webhooks serve"]',
    '  receiver -->|stored before 2xx| inbox[("ops.webhook_inbox<br/>ops.webhook_payloads")]',
    '  inbox -->|under a lease| worker["webhooks work"]',
    ...effects,
    '  orders -->|in the same transaction| ledger[("ops.change_log")]',
    '  customers --> ledger',
    '  business_customers --> ledger',
  ].join('\n');
}

function edge(index: number, table: string, columns: string): string {
  return `  event${index} -->|"${columns.replaceAll(' ', '<br/>')}"| ${table}[(${table})]`;
}

/** The flows of these ids, all where none is given. Throws NOT_FOUND with the nearest id. */
export function findFlows(ids: readonly string[]): Diagram[] {
  const known = FLOWS.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new SmsfoodError('NOT_FOUND', `There is no flow "${unknown}".`, suggestion(unknown, known));
  return FLOWS.filter(({ id }) => ids.length === 0 || ids.includes(id));
}
