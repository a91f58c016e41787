// Sends prepared requests over raw sockets, so that the sender costs as little as possible beside the receiver.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import Stripe from 'stripe';

/** Requests with a signed event each, as bytes. All ids are new; each event is about an order of its own. */
export function signedRequests(count, secret, orders = []) {
  const round = randomBytes(6).toString('hex');
  return Array.from({ length: count }, (_, index) => {
    const payload = JSON.stringify(event(`${round}${index}`, orders[index]), null, 2); // Stripe's bodies are indented
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    return Buffer.from(
      `POST /webhooks/stripe HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n` +
        `Stripe-Signature: ${signature}\r\nContent-Length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`,
    );
  });
}

/** A payment as Stripe reports it, of about 2 kB. */
function event(name, order = `c${name}`) {
  return {
    id: `evt_${name}`,
    object: 'event',
    api_version: '2025-08-27.basil',
    created: Math.floor(Date.now() / 1000),
    data: {
      object: {
        id: `pi_${name}`,
        object: 'payment_intent',
        amount: 2599,
        amount_capturable: 0,
        amount_details: { tip: {} },
        amount_received: 2599,
        application: null,
        application_fee_amount: 52,
        automatic_payment_methods: null,
        canceled_at: null,
        cancellation_reason: null,
        capture_method: 'automatic',
        client_secret: null,
        confirmation_method: 'automatic',
        created: Math.floor(Date.now() / 1000),
        currency: 'usd',
        customer: null,
        description: 'Order by SMS',
        last_payment_error: null,
        latest_charge: `ch_${name}`,
        livemode: true,
        metadata: { orderId: order, source: 'sms' },
        next_action: null,
        on_behalf_of: null,
        payment_method: `pm_${name}`,
        payment_method_configuration_details: null,
        payment_method_options: {
          card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
        },
        payment_method_types: ['card'],
        processing: null,
        receipt_email: null,
        review: null,
        setup_future_usage: null,
        shipping: null,
        statement_descriptor: null,
        statement_descriptor_suffix: null,
        status: 'succeeded',
        transfer_data: { destination: 'acct_1Nv0FGQ9RKHgCVdK' },
        transfer_group: null,
      },
    },
    livemode: true,
    pending_webhooks: 1,
    request: { id: `req_${name}`, idempotency_key: null },
    type: 'payment_intent.succeeded',
  };
}

/**
 * Sends all requests over `connections` sockets, each waiting for its answer before the next; with `rate`, at so many a
 * second whatever the answers do. Resolves to the statuses and the time of each request in milliseconds.
 */
export async function send(url, requests, { connections, rate }) {
  const { hostname, port } = new URL(url);
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(hostname, Number(port))));
  const statuses = {};
  const times = [];
  const started = performance.now();
  let next = 0;
  const dueAt = (index) => (rate === undefined ? 0 : started + (index * 1000) / rate);
  await Promise.all(
    sockets.map(async (socket) => {
      while (next < requests.length) {
        const index = next++;
        const wait = dueAt(index) - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        const from = rate === undefined ? performance.now() : dueAt(index);
        const status = await socket.ask(requests[index]);
        times.push(performance.now() - from);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
      socket.end();
    }),
  );
  return { ms: performance.now() - started, statuses, times: times.sort((a, b) => a - b) };
}

function open(host, port) {
  return new Promise((resolve, reject) => {
    let answer = null;
    let text = '';
    const socket = connect({ host, port, noDelay: true }, () =>
      resolve({
        ask: (request) =>
          new Promise((done) => {
            answer = done;
            socket.write(request);
          }),
        end: () => socket.end(),
      }),
    );
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      const isWhole = /transfer-encoding: chunked/i.test(text)
        ? text.endsWith('0\r\n\r\n')
        : text.length >= head + 4 + length;
      if (!isWhole) return;
      const status = text.slice(9, 12);
      text = '';
      answer(status);
    });
  });
}
