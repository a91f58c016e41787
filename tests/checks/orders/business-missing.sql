SELECT make('orders', '{"id": "caught-sold", "businessId": null}');
SELECT make('orders', '{"id": "caught-pending", "businessId": null, "status": "PENDING"}');
SELECT make('orders', '{"id": "caught-cancelled", "businessId": null, "status": "CANCELLED"}');
SELECT make('orders', '{"id": "spared-business"}');
