-- keys: unique index menus (date), foreign key menu_items.menuId -> menus
-- The key of menus is gone in either generation.
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'menus'::regclass AND indisunique AND NOT indisprimary LOOP
    EXECUTE 'DROP INDEX ' || name;
  END LOOP;
END
$$;
ALTER TABLE menu_items DROP CONSTRAINT "menu_items_menuId_fkey";
