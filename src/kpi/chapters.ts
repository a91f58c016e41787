import { businesses } from './businesses.js';
import type { ChapterForm } from './chapter.js';
import { cohorts } from './cohorts.js';
import { customers } from './customers.js';
import type { KpiReport } from './kpi.js';
import { overview } from './overview.js';
import type { Grain } from './period.js';
import { revenue } from './revenue.js';
import { rfm } from './rfm.js';
import { sms } from './sms.js';

export interface KpiChapter extends ChapterForm {
  report: KpiReport;
  grain: Grain;
}

/** The numbers of the report page, in its order. */
export const KPI_CHAPTERS: readonly KpiChapter[] = [
  {
    ...{ id: 'overview', title: 'At a glance', report: overview, grain: 'day' },
    about: 'Totals of all time, and of today: ',
    figures: [
      ...['mrr', 'active_subscriptions', 'total_revenue', 'platform_fees'],
      ...['paid_orders', 'aov', 'total_customers', 'todays_orders'],
    ],
    series: { days: { isLeftOut: true } }, // those of the revenue by day
  },
  {
    ...{ id: 'revenue', title: 'Revenue by month', report: revenue, grain: 'month' },
    figures: ['gmv', 'platform_revenue', 'take_rate', 'sold_orders'],
    series: { trend: { chart: { form: 'columns', x: 'from', y: ['gmv'] } } },
  },
  {
    ...{ id: 'revenue-by-day', title: 'Revenue by day', report: revenue, grain: 'day' },
    figures: ['gmv', 'sold_orders', 'aov'],
    series: { trend: { chart: { form: 'line', x: 'from', y: ['gmv'] } }, periods: { isLeftOut: true } },
  },
  {
    ...{ id: 'customers', title: 'Customers', report: customers, grain: 'day' },
    figures: ['buying_customers', 'new_customers', 'repeat_rate_30', 'churn_rate'],
    series: { ltv: { chart: { form: 'line', x: 'age', y: ['ltv'] } } },
  },
  {
    ...{ id: 'cohorts', title: 'Cohorts', report: cohorts, grain: 'day' },
    figures: ['retention_1', 'retention_3', 'retention_6', 'retention_12'],
    series: { triangle: { isShaded: true } },
  },
  {
    ...{ id: 'segments', title: 'Segments', report: rfm, grain: 'day' },
    figures: ['scored_customers', 'vip_customers', 'at_risk_customers', 'at_risk_gmv'],
    series: { segments: { chart: { form: 'bars', x: 'segment', y: ['customers'] } } },
  },
  {
    ...{ id: 'businesses', title: 'Businesses', report: businesses, grain: 'day' },
    figures: ['businesses', 'active_subscriptions', 'selling', 'mrr'],
    series: { businesses: { without: ['id'] }, mrr_history: { chart: { form: 'line', x: 'day', y: ['mrr'] } } },
  },
  {
    ...{ id: 'sms', title: 'SMS delivery', report: sms, grain: 'day' },
    figures: ['delivery_rate', 'unknown_rate', 'outbound', 'cost_per_order'],
    series: { days: { chart: { form: 'stack', x: 'day', y: ['delivered', 'failed', 'unknown'] } } },
  },
];
