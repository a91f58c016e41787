/** `2026-03` of a timestamp that holds UTC, in a time zone that is quoted for SQL. */
export function monthSql(time: string, timezone: string): string {
  return `to_char(${time} AT TIME ZONE 'UTC' AT TIME ZONE ${timezone}, 'YYYY-MM')`;
}
