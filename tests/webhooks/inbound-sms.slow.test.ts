import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eztext, text, type WorkWorld, workWorld } from './work-world.js';

const NUMBER = '+14045550101';

/** Today in New York, by the database's clock. */
const TODAY = `(now() AT TIME ZONE 'America/New_York')::date`;

describe.each(['production', 'newer'] as const)('an inbound SMS, %s generation', (generation) => {
  let world: WorkWorld;
  beforeAll(async () => {
    world = await workWorld(generation);
  });
  afterAll(() => world.drop());
  beforeEach(async () => {
    await world.clear();
    await world.add('business_customers', {
      id: 'b1',
      businessName: 'Ada’s Café',
      assignedPhoneNumber: '+14705550199',
    });
    const { today } = await world.row(`SELECT ${TODAY}::text AS today`);
    await world.add('menus', { id: 'today', businessId: 'b1', date: today });
    for (const [id, name, price, isAvailable] of [
      ['i1', 'Jollof rice', 1250, true],
      ['i2', 'Suya', 900, false],
      ['i3', 'Crème brûlée – large', 650, true],
    ]) {
      await world.add('menu_items', { id, menuId: 'today', businessId: 'b1', name, price, isAvailable });
    }
  });

  const sent = async (...bodies: string[]) => {
    for (const body of bodies) await world.deliver(text(body));
    await world.work({ workers: 1 });
    return (await world.inbox()).map(({ reply }) => reply);
  };
  const orders = () =>
    world.rows(
      `SELECT status::text AS status, "businessId" AS business, "menuId" AS menu, items, "totalAmount" AS total, "platformFee" AS fee,
         (SELECT "phoneNumber" FROM customers c WHERE c.id = o."customerId") AS number FROM orders o ORDER BY o."createdAt", o.id`,
    );

  it('MENU answers with what is to be had today, by numbers that stay', async () => {
    expect(await sent('MENU', ' menu. ')).toEqual(
      Array(2).fill('1. Jollof rice $12.50\n3. Crème brulée - large $6.50\nReply with numbers, such as 1, 3'),
    );
  });

  it('numbers make a PENDING order, once', async () => {
    const [reply] = await sent('1, 3');
    expect(reply).toBe('Order received: 1 x Jollof rice, 1 x Crème brulée - large. Total $19.00.');
    const line = (id: string, name: string, price: number, quantity: number) => ({
      menuItemId: id,
      name,
      price,
      quantity,
    });
    expect(await orders()).toEqual([
      {
        status: 'PENDING',
        business: 'b1',
        menu: 'today',
        items: [line('i1', 'Jollof rice', 1250, 1), line('i3', 'Crème brûlée – large', 650, 1)],
        total: 1900,
        fee: 38,
        number: NUMBER,
      },
    ]);
    expect(await sent('1 1 3')).toContain('Order received: 2 x Jollof rice, 1 x Crème brulée - large. Total $31.50.');
    expect(await orders()).toHaveLength(2);
    expect(await world.rows('SELECT name FROM customers')).toEqual([{ name: null }]);
    const { id } = await world.row('SELECT id FROM orders LIMIT 1');
    expect(id).toMatch(/^c[a-z0-9]{24}$/);
    // Totals are of sold orders.
    expect(await world.row('SELECT "totalOrders" AS n, "totalSpent" AS cents FROM customers')).toEqual({
      n: 0,
      cents: 0,
    });
  });

  it.each([
    ['2', "Not on today's menu: 2. Reply MENU for the menu."],
    ['1, 9, 0', "Not on today's menu: 9, 0. Reply MENU for the menu."],
    ['2x1', 'Reply with numbers, such as 1, 3'],
    ['1 & 3', 'Reply with numbers, such as 1, 3'],
    [Array(51).fill('1').join(), 'Reply with numbers, such as 1, 3'],
  ])('%s is answered, and orders nothing', async (body, reply) => {
    expect(await sent(body)).toEqual([reply]);
    expect(await orders()).toEqual([]);
  });

  it('other text is logged, and never becomes a name', async () => {
    const bodies = [
      'Ada Lovelace',
      '404-555-0101',
      '4045550101',
      'two suya please',
      '',
      '🍛',
      "'; DROP TABLE orders; --",
      'a\u0000b',
    ];
    expect(await sent(...bodies)).toEqual(bodies.map(() => null));
    expect(await world.rows('SELECT name, "phoneNumber" AS number FROM customers')).toEqual([
      { name: null, number: NUMBER },
    ]);
    expect(
      await world.rows(
        `SELECT s.message, s.direction, s.status, s."twilioSid" IS NOT NULL AS sid, c."phoneNumber" AS number
         FROM sms_logs s JOIN customers c ON c.id = s."customerId" ORDER BY s."createdAt", s.id`,
      ),
    ).toEqual(
      bodies.map((body) => ({
        message: body.replace('\0', ''),
        direction: 'INBOUND',
        status: 'RECEIVED',
        sid: true,
        number: NUMBER,
      })),
    );
    expect((await world.inbox()).map(({ outcome }) => outcome).join()).not.toMatch(/Ada|suya|555/);
    const logged = await world.row(`SELECT string_agg(after::text, '') AS log FROM ops.change_log`);
    expect(logged.log).not.toMatch(/Ada|555/);
  });

  it('STOP and START switch the customer, and STOP ends replies', async () => {
    const replies = await sent('1', 'Stop', '1', 'MENU', 'HELP');
    expect(replies).toEqual([
      'Order received: 1 x Jollof rice. Total $12.50.',
      'You will get no more messages. Reply START to get them again.',
      null,
      null,
      "Ada's Café: reply MENU for today's menu, numbers such as 1, 3 to order, STOP to end messages.",
    ]);
    expect(await world.rows('SELECT "isActive" AS active FROM customers')).toEqual([{ active: false }]);
    expect(await orders()).toHaveLength(1);
    await sent('START');
    expect(await world.rows('SELECT "isActive" AS active FROM customers')).toEqual([{ active: true }]);
  });

  it('STOP is for every customer with that number, however it was typed', async () => {
    await world.add('customers', { id: 'a', businessId: 'b1', phoneNumber: NUMBER });
    await world.add('customers', { id: 'b', businessId: 'b1', phoneNumber: '404-555-0101' });
    await world.add('customers', { id: 'c', businessId: 'b1', phoneNumber: '+14045550102' });
    await sent('STOP');
    expect(await world.rows('SELECT id, "isActive" AS active FROM customers ORDER BY id')).toEqual([
      { id: 'a', active: false },
      { id: 'b', active: false },
      { id: 'c', active: true },
    ]);
    expect(await world.row(`SELECT count(*)::int AS n FROM ops.change_log WHERE table_name = 'customers'`)).toEqual({
      n: 2,
    });
  });

  it('the last of STOP and START counts, whichever is worked on first', async () => {
    const receivedAt = new Date(Date.now() - 60_000).toISOString();
    await sent('START');
    await world.deliver({ ...text('STOP'), receivedAt });
    await world.work();
    expect(await world.rows('SELECT "isActive" AS active FROM customers')).toEqual([{ active: true }]);
    await world.deliver({ ...text('STOP', { from: '+14045550102' }), receivedAt });
    await world.work();
    expect(await world.rows('SELECT "isActive" AS active FROM customers ORDER BY "phoneNumber"')).toEqual([
      { active: true },
      { active: false },
    ]);
  });

  it('an order older than 30 minutes is stale, STOP is not', async () => {
    const receivedAt = new Date(Date.now() - 31 * 60_000).toISOString();
    await world.deliver({ ...text('1'), receivedAt }, { ...text('STOP'), receivedAt });
    await world.work({ workers: 1 });
    expect((await world.inbox()).map(({ status, dead }) => [status, dead])).toEqual([
      ['dead', 'stale'],
      ['processed', null],
    ]);
    expect(await orders()).toEqual([]);
    expect(await world.rows('SELECT "isActive" AS active FROM customers')).toEqual([{ active: false }]);
  });

  it('without a menu says so', async () => {
    await world.query('UPDATE menus SET "isActive" = false');
    expect(await sent('MENU', '1')).toEqual(Array(2).fill('There is no menu for today yet. Please try again later.'));
    expect(await orders()).toEqual([]);
  });

  it('finds the customer under a spelling by hand, and the business through the inventory', async () => {
    await world.add('customers', { id: 'c1', businessId: 'b1', phoneNumber: '(404) 555-0101' });
    await world.query(`UPDATE business_customers SET "assignedPhoneNumber" = NULL`);
    await world.add('phone_number_inventory', {
      phoneNumber: '+14705550199',
      status: 'ASSIGNED',
      currentBusinessId: 'b1',
    });
    await sent('1');
    expect(await orders()).toMatchObject([{ business: 'b1', number: '(404) 555-0101' }]);
    await world.query(
      `UPDATE business_customers SET "assignedPhoneNumber" = '470-555-0199'; DELETE FROM phone_number_inventory`,
    );
    await sent('3');
    expect(await orders()).toMatchObject([{ business: 'b1' }, { business: 'b1' }]);
  });

  it('of a business that is not active orders nothing', async () => {
    await world.query('UPDATE business_customers SET "isActive" = false');
    expect(await sent('1')).toEqual(['This number takes no orders at the moment.']);
  });

  it('from what is no phone number is logged without a customer', async () => {
    await world.deliver(text('MENU', { from: '72345' }), text('MENU', { from: 'AdaCo' }), text('MENU', { from: '' }));
    await world.work();
    expect(await world.rows('SELECT 1 FROM customers')).toEqual([]);
    expect(await world.row('SELECT count(*)::int AS n, count("customerId")::int AS known FROM sms_logs')).toEqual({
      n: 3,
      known: 0,
    });
  });

  it('twenty first texts of one number at once make one customer', async () => {
    await world.deliver(...Array.from({ length: 20 }, () => text('hello')));
    await world.work({ workers: 8 });
    expect(await world.rows('SELECT 1 FROM customers')).toHaveLength(1);
    expect(
      await world.row('SELECT count(*)::int AS n, count(DISTINCT "customerId")::int AS known FROM sms_logs'),
    ).toEqual({ n: 20, known: 1 });
    expect(await world.rows(`SELECT 1 FROM ops.webhook_inbox WHERE status <> 'processed' OR attempts <> 1`)).toEqual(
      [],
    );
  });

  if (generation === 'newer') {
    it('belongs to the business whose number it was sent to', async () => {
      await world.add('business_customers', { id: 'b2', assignedPhoneNumber: '+14705550200' });
      await world.deliver(text('STOP'), text('hello', { to: '+14705550200' }), text('MENU', { to: '+14705550201' }));
      await world.work({ workers: 1 });
      expect(
        await world.rows('SELECT "businessId" AS business, "isActive" AS active FROM customers ORDER BY 1'),
      ).toEqual([
        { business: 'b1', active: false },
        { business: 'b2', active: true },
      ]);
      expect((await world.inbox())[2]).toMatchObject({
        status: 'processed',
        outcome: 'Logged without a customer: no business has the number it was sent to.',
      });
    });
  } else {
    it('of EZTexting names its fields in several ways, and no business', async () => {
      await world.deliver(
        eztext({ PhoneNumber: '4045550101', Message: '1' }),
        eztext({ From: 14045550101, Body: '1' }),
        eztext({ phone: '(404) 555-0101', message: '1' }),
        eztext({ Message: '1' }),
        eztext({ From: ['4045550101'], Message: '1' }),
      );
      await world.work({ workers: 1 });
      expect(await orders()).toMatchObject([1, 2, 3].map(() => ({ number: NUMBER, business: null, total: 1250 })));
      expect((await world.inbox()).map(({ status, dead }) => [status, dead])).toEqual([
        ['processed', null],
        ['processed', null],
        ['processed', null],
        ['dead', 'invalid'],
        ['dead', 'invalid'],
      ]);
      expect(await world.rows('SELECT 1 FROM customers')).toHaveLength(1);
    });
  }
});
