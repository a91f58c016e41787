import { adminUsers } from './admin-users.js';
import { businessCustomers } from './business-customers.js';
import { customerListMembers } from './customer-list-members.js';
import { customerLists } from './customer-lists.js';
import { customers } from './customers.js';
import { menuItems } from './menu-items.js';
import { menus } from './menus.js';
import { orders } from './orders.js';
import { phoneNumberInventory } from './phone-number-inventory.js';
import { promoCodes } from './promo-codes.js';
import { smsLogs } from './sms-logs.js';
import type { SeededTable } from './table.js';

/** In the order of writing. Orders come before customers, whose totals they add up; the foreign keys are off meanwhile. */
export const TABLES: readonly SeededTable[] = [
  adminUsers,
  promoCodes,
  businessCustomers,
  phoneNumberInventory,
  menus,
  menuItems,
  orders,
  customers,
  customerLists,
  customerListMembers,
  smsLogs,
];
