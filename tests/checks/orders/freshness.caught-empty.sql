SELECT make('customers');
