ALTER TABLE customer_list_members DROP CONSTRAINT "customer_list_members_customerListId_fkey";
ALTER TABLE customer_list_members DROP CONSTRAINT "customer_list_members_customerId_fkey";
SELECT make('customer_list_members', '{"id": "caught-list-gone", "customerListId": "nothing"}');
SELECT make('customer_list_members', '{"id": "caught-customer-gone", "customerId": "nobody"}');
SELECT make('customer_list_members', '{"id": "caught-both-gone", "customerListId": "nothing", "customerId": "nobody"}');
SELECT make('customer_list_members', '{"id": "caught-swapped", "customerListId": "spared-customer", "customerId": "spared-list"}');
SELECT make('customer_list_members', '{"id": "spared-both-there"}');
