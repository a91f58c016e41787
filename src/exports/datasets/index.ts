import type { Dataset, DatasetName } from '../dataset.js';
import { changes } from './changes.js';
import { customers } from './customers.js';
import { invoices } from './invoices.js';
import { orders } from './orders.js';
import { sms } from './sms.js';
import { tax } from './tax.js';

/** Everything that can be exported. */
export const DATASETS: Readonly<Record<DatasetName, Dataset>> = { orders, customers, invoices, tax, sms, changes };
