ALTER TABLE ops.watermarks ADD COLUMN sold_statuses text[];
COMMENT ON COLUMN ops.watermarks.sold_statuses IS 'Order statuses that counted as sold, in alphabetical order, where the job goes by them: with others, all rows have to be looked at.';

CREATE TABLE ops.settled_totals (
  customer_id text PRIMARY KEY,
  orders bigint NOT NULL,
  spent_cents bigint NOT NULL,
  last_sold_at timestamptz(3) NOT NULL
);
COMMENT ON TABLE ops.settled_totals IS 'Sums over each customer''s sold orders below the id that belongs to the watermark settled_totals: with the few orders above it, incremental runs of reconcile tell whose totals look right. Nothing is ever written from here.';
COMMENT ON COLUMN ops.settled_totals.customer_id IS 'orders.customerId; no foreign key, as it may outlive the customer.';
COMMENT ON COLUMN ops.settled_totals.orders IS 'Sold orders.';
COMMENT ON COLUMN ops.settled_totals.spent_cents IS 'Sum of their totalAmount.';
COMMENT ON COLUMN ops.settled_totals.last_sold_at IS 'createdAt of the newest of them.';
