import { businesses } from './businesses.js';
import { cohorts } from './cohorts.js';
import { customers } from './customers.js';
import { forecast } from './forecast.js';
import { fulfilment } from './fulfilment.js';
import { funnel } from './funnel.js';
import type { KpiReport } from './kpi.js';
import { menu } from './menu.js';
import { overview } from './overview.js';
import { revenue } from './revenue.js';
import { rfm } from './rfm.js';
import { sms } from './sms.js';

export const KPI_REPORTS: readonly KpiReport[] = [
  overview,
  revenue,
  customers,
  cohorts,
  rfm,
  menu,
  sms,
  businesses,
  funnel,
  fulfilment,
  forecast,
];
