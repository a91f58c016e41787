/** `1,234`. */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

/** `1,234.5`: one digit after the point at most. */
export function tenths(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** `1 row`, `1,234 rows`. */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : several}`;
}

/** `$1,234.50`, from cents. */
export function dollars(cents: number): string {
  return (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}
