import { DAY, timestamp } from '../calendar.js';
import { rowIds } from '../row-ids.js';
import type { SeededTable } from './table.js';

/** The bcrypt shape of a password that nobody knows: the text after the cost is no hash of anything. */
const NO_PASSWORD = '$2b$12$smsfoodSandboxNobodySignsInHere.smsfoodSandboxNobodyAtA';

export const adminUsers: SeededTable = {
  name: 'admin_users',
  columns: () => ['id', 'email', 'password', 'name', 'role', 'createdAt', 'updatedAt'],
  expected: () => 1,
  *rows({ seed, now, days }) {
    const at = (days[0]?.start ?? now) - 420 * DAY;
    const id = rowIds(seed, 'admin_users')(at, 0);
    yield [id, 'admin@example.com', NO_PASSWORD, 'Sandbox Admin', 'admin', timestamp(at), timestamp(at)];
  },
};
