--! title: Customers whose name looks like a message
--! dimension: validity
--! level: warn
--! entity: customers
--! owner: product
--! why: Any text that is no command becomes the name of a nameless customer, and is printed on tickets and sent back in greetings.
--! remedy: Set the name to null so that it is asked for again.
--! params:
--!   longest: {integer: 60}
--!   commands: {"text[]": ["menu", "m", "order", "o", "confirm", "yes", "y", "cancel", "help", "stop", "start", "subscribe", "unsubscribe"]}
SELECT id, name, "phoneNumber", "createdAt"
FROM customers
WHERE length(name) > :longest
   OR name ~ '[\n\r]'
   OR name ~* '://|\mwww\.|\m[a-z0-9-]+\.(com|net|org|info|biz|io|ly)(/|\M)'
   OR lower(name) = ANY (:commands)
