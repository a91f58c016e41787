import { createRow } from '../../db/ledger.js';
import type { Session } from '../../db/session.js';
import { type Outcome, PermanentError, type StoredEvent } from '../event.js';
import { newRowId } from '../row-id.js';
import { STALE_MS } from '../schedule.js';
import { gsmLine } from './gsm.js';
import { type EventWork, handler } from './handler.js';
import { InboundSchema, type InboundText, readInbound } from './inbound-text.js';
import { fillBasket, menuReply, readMenu } from './menu.js';
import { switchCustomer } from './opt-out.js';
import { type Business, type Customer, findBusiness, findOrCreateCustomer, type Sender } from './sender.js';
import { placeOrder } from './sms-order.js';

/** Logs a text with its customer, and does what it asks for. */
export const smsInbound = handler(InboundSchema, async (work) => {
  const { session, event, author, payload, around } = work;
  const inbound = readInbound(payload);
  const facts = await readFacts(session, event);
  if (inbound.command.kind === 'order' && facts.isStale && !around.isReplay && facts.order === null) {
    throw new PermanentError(
      'stale',
      'An order by SMS that is older than 30 minutes is for a person to replay, or to call about.',
    );
  }
  const business = inbound.to === null ? null : await findBusiness(session, inbound.to);
  const sender = senderOf(inbound, business, facts);
  const customer = sender === null ? null : await findOrCreateCustomer(session, author, sender);
  if (!facts.isLogged) {
    await createRow(session, {
      ...author,
      table: 'sms_logs',
      id: newRowId(),
      values: {
        customerId: customer?.id ?? null,
        direction: 'INBOUND',
        message: inbound.body,
        status: 'RECEIVED',
        twilioSid: event.subject,
      },
      reason: 'a text came in',
    });
  }
  if (customer === null || sender === null) {
    const why = inbound.from === null ? 'its sender has no phone number' : 'no business has the number it was sent to';
    return { kind: 'processed', outcome: `Logged without a customer: ${why}.` };
  }
  return obey(work, { ...facts, ...inbound, business, sender, customer });
});

/** Null where there is no customer to be had: the sender has no number, or customers belong to a business and none is known. */
function senderOf({ from }: InboundText, business: Business | null, { isByBusiness }: Facts): Sender | null {
  if (from === null || (isByBusiness && business === null)) return null;
  return { number: from, businessId: isByBusiness ? (business?.id ?? null) : null };
}

interface Facts {
  /** Customers and menus belong to a business. */
  isByBusiness: boolean;
  isStale: boolean;
  /** By an earlier attempt that was committed: twice is the same as once. */
  isLogged: boolean;
  /** The order that was made from it already. */
  order: string | null;
}

async function readFacts(session: Session, event: StoredEvent): Promise<Facts> {
  const { rows } = await session.query<Facts>(
    `SELECT EXISTS (
         SELECT FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attname = 'businessId' AND NOT attisdropped
       ) AS "isByBusiness",
       clock_timestamp() - $2::timestamptz > $3 * interval '1 millisecond' AS "isStale",
       coalesce(bool_or(table_name = 'sms_logs'), false) AS "isLogged",
       min(row_id) FILTER (WHERE table_name = 'orders') AS order
     FROM ops.change_log WHERE event_id = $1 AND before IS NULL`,
    [event.id, event.receivedAt, STALE_MS],
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('an aggregate without a row');
  return facts;
}

interface Request extends Facts, InboundText {
  business: Business | null;
  sender: Sender;
  customer: Customer;
}

async function obey(work: EventWork, request: Request): Promise<Outcome> {
  const { command, customer, business, sender, to } = request;
  switch (command.kind) {
    case 'start':
    case 'stop':
      return switchCustomer(work, { sender, to, isActive: command.kind === 'start' });
    case 'help': {
      const who = business === null ? '' : `${gsmLine(business.name)}: `;
      return replied(
        'Help was asked for.',
        `${who}reply MENU for today's menu, numbers such as 1, 3 to order, STOP to end messages.`,
      );
    }
    case 'other':
      return { kind: 'processed', outcome: 'Logged: it asks for nothing.' };
    default:
  }
  if (!customer.isActive) {
    return { kind: 'processed', outcome: 'The customer has stopped messages: it was only logged.' };
  }
  if (command.kind === 'unclear') {
    return replied('It could not be read as an order.', 'Reply with numbers, such as 1, 3');
  }
  return sell(work, request, command.kind === 'order' ? command.numbers : null);
}

/** Answers with today's menu, or makes an order of these numbers from it. */
async function sell(work: EventWork, request: Request, numbers: readonly number[] | null): Promise<Outcome> {
  const { business, customer, sender, order } = request;
  if (numbers !== null && order !== null) {
    return { kind: 'processed', outcome: `Order ${order} was made from it already.` };
  }
  if (business?.isActive === false) {
    return replied('The business is not active.', 'This number takes no orders at the moment.');
  }
  const menu = await readMenu(work.session, {
    at: work.event.receivedAt,
    timezone: work.around.timezone,
    businessId: sender.businessId,
  });
  if (!menu.some(({ isAvailable }) => isAvailable)) {
    return replied('There is no menu for today.', 'There is no menu for today yet. Please try again later.');
  }
  if (numbers === null) return replied('The menu was sent.', menuReply(menu));
  const basket = fillBasket(menu, numbers);
  if ('unknown' in basket) {
    const unknown = basket.unknown.slice(0, 5).join(', ');
    return replied(
      `It asks for what is not to be had: ${unknown}.`,
      `Not on today's menu: ${unknown}. Reply MENU for the menu.`,
    );
  }
  return placeOrder(work, { customerId: customer.id, businessId: business?.id ?? null }, basket);
}

function replied(outcome: string, reply: string): Outcome {
  return { kind: 'processed', outcome, reply };
}
