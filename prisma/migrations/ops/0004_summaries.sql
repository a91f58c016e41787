CREATE TABLE ops.summaries (
  name text PRIMARY KEY,
  timezone text NOT NULL,
  sold_statuses text[],
  refreshed_at timestamptz(3) NOT NULL
);
COMMENT ON TABLE ops.summaries IS 'One row for each summary table that was ever refreshed: when, and by which definitions. A reader whose configuration has others must not use the table.';
COMMENT ON COLUMN ops.summaries.name IS 'The table: daily_order_stats, customer_rfm_scores, business_health or kpi_snapshots.';
COMMENT ON COLUMN ops.summaries.timezone IS 'Business time zone whose calendar days it has.';
COMMENT ON COLUMN ops.summaries.sold_statuses IS 'Order statuses that counted as sold, in alphabetical order.';
COMMENT ON COLUMN ops.summaries.refreshed_at IS 'It shows the platform as it was at this time.';

CREATE TABLE ops.daily_order_stats (
  business_day date NOT NULL,
  business_id text NOT NULL,
  orders bigint NOT NULL,
  pending_orders bigint NOT NULL,
  confirmed_orders bigint NOT NULL,
  paid_orders bigint NOT NULL,
  preparing_orders bigint NOT NULL,
  ready_orders bigint NOT NULL,
  delivered_orders bigint NOT NULL,
  cancelled_orders bigint NOT NULL,
  sold_orders bigint NOT NULL,
  gmv_cents bigint NOT NULL,
  fee_cents bigint NOT NULL,
  customers bigint NOT NULL,
  new_customers bigint NOT NULL,
  refreshed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (business_day, business_id)
);
COMMENT ON TABLE ops.daily_order_stats IS 'Orders by calendar day in the business time zone (of createdAt) and business. A day and business without orders has no row. ops.summaries says by which zone and sold statuses.';
COMMENT ON COLUMN ops.daily_order_stats.business_day IS 'Calendar day in the business time zone: 23 or 25 hours where the clocks change.';
COMMENT ON COLUMN ops.daily_order_stats.business_id IS 'orders.businessId; the empty text for orders without a business.';
COMMENT ON COLUMN ops.daily_order_stats.orders IS 'Orders created on the day, whatever their status is by now.';
COMMENT ON COLUMN ops.daily_order_stats.pending_orders IS 'Of these, now PENDING.';
COMMENT ON COLUMN ops.daily_order_stats.confirmed_orders IS 'Of these, now CONFIRMED.';
COMMENT ON COLUMN ops.daily_order_stats.paid_orders IS 'Of these, now PAID.';
COMMENT ON COLUMN ops.daily_order_stats.preparing_orders IS 'Of these, now PREPARING.';
COMMENT ON COLUMN ops.daily_order_stats.ready_orders IS 'Of these, now READY.';
COMMENT ON COLUMN ops.daily_order_stats.delivered_orders IS 'Of these, now DELIVERED.';
COMMENT ON COLUMN ops.daily_order_stats.cancelled_orders IS 'Of these, now CANCELLED.';
COMMENT ON COLUMN ops.daily_order_stats.sold_orders IS 'Of these, now in a sold status.';
COMMENT ON COLUMN ops.daily_order_stats.gmv_cents IS 'Sum of totalAmount of the sold orders.';
COMMENT ON COLUMN ops.daily_order_stats.fee_cents IS 'Sum of platformFee of the sold orders, as stored; orders without one add nothing.';
COMMENT ON COLUMN ops.daily_order_stats.customers IS 'Distinct customers of the sold orders of this row. Not additive: one customer may stand in several rows.';
COMMENT ON COLUMN ops.daily_order_stats.new_customers IS 'Customers whose first sold order ever (by createdAt, then id) is one of this row. Additive over days and businesses.';
COMMENT ON COLUMN ops.daily_order_stats.refreshed_at IS 'When the numbers of this row last changed.';

CREATE TABLE ops.rfm_days (
  day date PRIMARY KEY,
  customers bigint NOT NULL,
  timezone text NOT NULL,
  sold_statuses text[],
  computed_at timestamptz(3) NOT NULL
);
COMMENT ON TABLE ops.rfm_days IS 'One row for each day on which the customers were scored: the days that segments --compare knows.';
COMMENT ON COLUMN ops.rfm_days.day IS 'Calendar day in the business time zone.';
COMMENT ON COLUMN ops.rfm_days.customers IS 'Customers that were scored: those with a sold order in the 12 months before.';
COMMENT ON COLUMN ops.rfm_days.timezone IS 'Business time zone of the day.';
COMMENT ON COLUMN ops.rfm_days.sold_statuses IS 'Order statuses that counted as sold, in alphabetical order.';
COMMENT ON COLUMN ops.rfm_days.computed_at IS 'The instant of the last scoring on the day; the 12 months end here.';

CREATE TABLE ops.customer_rfm_scores (
  customer_id text NOT NULL,
  as_of date NOT NULL,
  until date,
  last_sold_at timestamptz(3) NOT NULL,
  frequency bigint NOT NULL,
  monetary_cents bigint NOT NULL,
  recency_score integer NOT NULL CHECK (recency_score BETWEEN 1 AND 5),
  frequency_score integer NOT NULL CHECK (frequency_score BETWEEN 1 AND 5),
  monetary_score integer NOT NULL CHECK (monetary_score BETWEEN 1 AND 5),
  segment text NOT NULL,
  category text NOT NULL,
  computed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (customer_id, as_of)
);
CREATE INDEX customer_rfm_scores_until_idx ON ops.customer_rfm_scores (until);
COMMENT ON TABLE ops.customer_rfm_scores IS 'The RFM scores of each customer with a sold order in the 12 months before: one row for each stretch of days with the same scores. The present ones: until IS NULL. Those of a day D of ops.rfm_days: as_of <= D AND (until IS NULL OR until > D).';
COMMENT ON COLUMN ops.customer_rfm_scores.customer_id IS 'customers.id; no foreign key, as history outlives the customer.';
COMMENT ON COLUMN ops.customer_rfm_scores.as_of IS 'The first day of the stretch, in the business time zone.';
COMMENT ON COLUMN ops.customer_rfm_scores.until IS 'The day from which it holds no more: other scores follow, or the customer is not scored any longer. Null: it holds.';
COMMENT ON COLUMN ops.customer_rfm_scores.last_sold_at IS 'Recency: createdAt of the newest sold order, as last seen in the stretch.';
COMMENT ON COLUMN ops.customer_rfm_scores.frequency IS 'Sold orders in the 12 months before computed_at.';
COMMENT ON COLUMN ops.customer_rfm_scores.monetary_cents IS 'Sum of totalAmount of the same orders.';
COMMENT ON COLUMN ops.customer_rfm_scores.recency_score IS 'Quintile by cume_dist, 5 for the most recent; ties share a score.';
COMMENT ON COLUMN ops.customer_rfm_scores.frequency_score IS 'Same, 5 for the most orders.';
COMMENT ON COLUMN ops.customer_rfm_scores.monetary_score IS 'Same, 5 for the most money.';
COMMENT ON COLUMN ops.customer_rfm_scores.segment IS 'One of eleven, from the recency and frequency scores: champions, loyal, at risk, …';
COMMENT ON COLUMN ops.customer_rfm_scores.category IS 'The category of customers.category that the segment means: VIP, New, Regular, At-Risk or Lost.';
COMMENT ON COLUMN ops.customer_rfm_scores.computed_at IS 'When the values of this row last changed.';

CREATE TABLE ops.business_health (
  day date NOT NULL,
  business_id text NOT NULL,
  subscription_status text NOT NULL,
  subscription_tier text,
  is_active boolean NOT NULL,
  mrr_cents integer,
  has_number boolean NOT NULL,
  monthly_limit integer NOT NULL,
  current_usage integer NOT NULL,
  orders_28d bigint NOT NULL,
  sold_orders_28d bigint NOT NULL,
  gmv_28d_cents bigint NOT NULL,
  fee_28d_cents bigint NOT NULL,
  last_sold_day date,
  refreshed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (day, business_id)
);
COMMENT ON TABLE ops.business_health IS 'Each business as it was on a day: one row a business and day of a refresh, the last one of the day. Days without a refresh are missing and cannot be made up for.';
COMMENT ON COLUMN ops.business_health.day IS 'Calendar day of the refresh in the business time zone.';
COMMENT ON COLUMN ops.business_health.business_id IS 'business_customers.id; no foreign key, as history outlives the business.';
COMMENT ON COLUMN ops.business_health.subscription_status IS 'As stored, whatever its spelling.';
COMMENT ON COLUMN ops.business_health.subscription_tier IS 'As stored.';
COMMENT ON COLUMN ops.business_health.is_active IS 'As stored.';
COMMENT ON COLUMN ops.business_health.mrr_cents IS 'Monthly recurring revenue: 3500 (starter) or 9500 (pro) where the status is active in any case, else 0; null where an active one has another tier or none.';
COMMENT ON COLUMN ops.business_health.has_number IS 'assignedPhoneNumber is set and not blank.';
COMMENT ON COLUMN ops.business_health.monthly_limit IS 'As stored.';
COMMENT ON COLUMN ops.business_health.current_usage IS 'As stored.';
COMMENT ON COLUMN ops.business_health.orders_28d IS 'Orders of the 28 complete days before the day.';
COMMENT ON COLUMN ops.business_health.sold_orders_28d IS 'Of these, in a sold status.';
COMMENT ON COLUMN ops.business_health.gmv_28d_cents IS 'Sum of totalAmount of the sold ones.';
COMMENT ON COLUMN ops.business_health.fee_28d_cents IS 'Sum of platformFee of the sold ones, as stored.';
COMMENT ON COLUMN ops.business_health.last_sold_day IS 'The last day on which it had a sold order, today included; null where it never had one.';
COMMENT ON COLUMN ops.business_health.refreshed_at IS 'When the values of this row last changed.';

CREATE TABLE ops.kpi_snapshots (
  day date NOT NULL,
  kpi_id text NOT NULL,
  value double precision,
  unit text NOT NULL,
  computed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (day, kpi_id)
);
COMMENT ON TABLE ops.kpi_snapshots IS 'The overview as it was on a day: one row a number and day of a refresh, the last one of the day. Days without a refresh are missing and cannot be made up for.';
COMMENT ON COLUMN ops.kpi_snapshots.day IS 'Calendar day of the refresh in the business time zone.';
COMMENT ON COLUMN ops.kpi_snapshots.kpi_id IS 'Id of the overview: total_customers, active_customers, total_orders, paid_orders, total_revenue, todays_orders, sms_today, platform_fees, aov, businesses_total, businesses_with_number, businesses_without_number, active_subscriptions, mrr.';
COMMENT ON COLUMN ops.kpi_snapshots.value IS 'Exact up to 2^53; null where it is not defined, such as an average of nothing.';
COMMENT ON COLUMN ops.kpi_snapshots.unit IS 'count or cents.';
COMMENT ON COLUMN ops.kpi_snapshots.computed_at IS 'The instant that it describes; todays_orders and sms_today are those of the day up to here.';
