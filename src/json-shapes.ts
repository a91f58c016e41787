import * as z from 'zod';

/** What the platform's JSON columns hold where they are well formed: what handlers write, and the data dictionary shows. */

const item = z.looseObject({
  name: z.string().regex(/\S/).describe('Name of the dish when it was ordered.'),
  price: z.int().min(0).describe('Price of one when it was ordered, in cents.'),
  quantity: z.int().min(1).optional().describe('How many; missing means 1.'),
});
const listedItem = item.extend({ menuItemId: z.unknown().optional().describe('menu_items.id.') });

/** An item of a new order: all of it is known. */
export type OrderItem = Required<Pick<z.infer<typeof listedItem>, 'name' | 'price' | 'quantity' | 'menuItemId'>>;

/** orders.items: the two shapes that the platform has written. The check orders.items-malformed says the same in SQL. */
const OrderItemsSchema = z.union([
  z.array(listedItem).min(1),
  z
    .record(z.string().describe('menu_items.id'), item)
    .refine((items) => Object.keys(items).length > 0)
    .meta({ minProperties: 1 }),
]);

/** customers.preferences: whatever the platform keeps there, as long as it is an object; null is unset. */
const PreferencesSchema = z.record(z.string(), z.unknown()).nullable();

/** The JSON columns of the platform, by `table.column`. */
export const JSON_SHAPES: Readonly<Record<string, z.ZodType>> = {
  'customers.preferences': PreferencesSchema,
  'orders.items': OrderItemsSchema,
};
