import type { TestDatabase } from '../harness/database.js';

export interface ExpectedCustomer {
  id: string;
  r: number | null;
  f: number | null;
  m: number | null;
  frequency: number;
  monetary: number;
  last: string;
  segment: string | null;
  category: string;
}

/** The segments written once more from the definitions, another way: ranks instead of cume_dist, CASE instead of a table. */
export async function expectedCustomers(
  database: TestDatabase,
  { timezone = 'America/New_York', sold = ['PAID', 'PREPARING', 'READY', 'DELIVERED'] } = {},
): Promise<ExpectedCustomer[]> {
  const { rows } = await database.query<ExpectedCustomer>(
    `WITH sale AS (
       SELECT o."customerId" AS id, o."createdAt" AS at, o."totalAmount" AS amount,
         o."createdAt" AT TIME ZONE 'UTC' >= date_trunc('day', now() AT TIME ZONE $1 - interval '1 year') AT TIME ZONE $1 AS recent
       FROM orders o
       WHERE o.status IN (SELECT unnest($2::text[])::"OrderStatus") AND o."createdAt" <= now() AT TIME ZONE 'UTC' + interval '300 seconds'
         AND EXISTS (SELECT FROM customers c WHERE c.id = o."customerId")
     ), customer AS (
       SELECT id, max(at) AS last, sum(CASE WHEN recent THEN 1 ELSE 0 END)::int AS frequency,
         sum(CASE WHEN recent THEN amount ELSE 0 END)::int AS monetary
       FROM sale GROUP BY id
     ), ranked AS (
       SELECT id, count(*) OVER () AS n, rank() OVER (ORDER BY last DESC) AS r, rank() OVER (ORDER BY frequency DESC) AS f,
         rank() OVER (ORDER BY monetary DESC) AS m
       FROM customer WHERE frequency > 0
     ), score AS (
       SELECT id, ceil(5.0 * (n - r + 1) / n)::int AS r, ceil(5.0 * (n - f + 1) / n)::int AS f, ceil(5.0 * (n - m + 1) / n)::int AS m
       FROM ranked
     ), named AS (
       SELECT id, r, f, m, CASE
         WHEN r = 5 AND f >= 4 THEN 'champions'
         WHEN r IN (3, 4) AND f >= 4 THEN 'loyal'
         WHEN r >= 4 AND f IN (2, 3) THEN 'potential loyalist'
         WHEN r = 5 THEN 'new'
         WHEN r = 4 THEN 'promising'
         WHEN r = 3 AND f = 3 THEN 'need attention'
         WHEN r = 3 THEN 'about to sleep'
         WHEN f = 5 THEN 'cannot lose'
         WHEN f >= 3 THEN 'at risk'
         WHEN r = 2 THEN 'hibernating'
         ELSE 'lost' END AS segment
       FROM score
     )
     SELECT c.id, s.r, s.f, s.m, c.frequency, c.monetary, to_char(c.last, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last, s.segment, CASE
         WHEN s.segment IN ('champions', 'loyal') THEN 'VIP'
         WHEN s.segment IN ('new', 'promising') THEN 'New'
         WHEN s.segment IN ('at risk', 'cannot lose') THEN 'At-Risk'
         WHEN s.segment IS NULL OR s.segment IN ('hibernating', 'lost') THEN 'Lost'
         ELSE 'Regular' END AS category
     FROM customer c LEFT JOIN named s USING (id) ORDER BY c.id COLLATE "C"`,
    [timezone, sold],
  );
  return rows;
}
