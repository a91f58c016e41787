import type { Damage } from './damage.js';

export const schema: readonly Damage[] = [
  {
    // Made by hand on another server, where somebody forgot it. (The foreign keys that orphans needed gone are drift as well.)
    id: 'schema.drift',
    in: 'every',
    apply: async (change) => {
      await change(`DROP INDEX IF EXISTS "customer_list_members_customerListId_customerId_key"`);
      return 1;
    },
  },
];
