/** Columns by table, names separated by spaces. */
type Places = Readonly<Record<string, string>>;

/** Columns that a command writes, or reads. */
export interface Use {
  command: string;
  tables: Places;
}

/** The names of a use's columns, as `table.column`. */
export function placesOf({ tables }: Use): string[] {
  return Object.entries(tables).flatMap(([table, columns]) => columns.split(' ').map((column) => `${table}.${column}`));
}
