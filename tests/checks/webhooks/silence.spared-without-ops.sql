-- generation: production
-- ops: absent
-- status: skipped
SELECT make('orders');
