/** E.164 from what a provider writes: without a + it is a number of the US. Null where it is no phone number. */
export function toE164(text: string): string | null {
  const digits = text.replace(/[\s().-]/g, '');
  if (/^\+[1-9]\d{6,14}$/.test(digits)) return digits;
  if (/^[2-9]\d{9}$/.test(digits)) return `+1${digits}`;
  return /^1[2-9]\d{9}$/.test(digits) ? `+${digits}` : null;
}

/** The number, and the other ways in which it was typed by hand: equalities, so that an index finds them. */
export function spellings(number: string): string[] {
  const match = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  if (match === null) return [number];
  const [, area, exchange, line] = match;
  const ten = `${area}${exchange}${line}`;
  return [
    number,
    ten,
    `1${ten}`,
    `${area}-${exchange}-${line}`,
    `(${area}) ${exchange}-${line}`,
    `${area}.${exchange}.${line}`,
  ];
}
