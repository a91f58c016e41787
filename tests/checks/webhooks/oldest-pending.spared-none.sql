-- generation: production
-- value: 0
SELECT make('orders');
