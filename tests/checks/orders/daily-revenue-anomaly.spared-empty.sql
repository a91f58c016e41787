-- status: skipped
SELECT make('customers');
