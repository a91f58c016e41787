const TYPOGRAPHY: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚′`´]/g, "'"],
  [/[“”„″«»]/g, '"'],
  [/[‐‑‒–—]/g, '-'],
  [/…/g, '...'],
  [/\s/g, ' '],
];

/** Letters beside ASCII that an SMS carries at no further cost. */
const GSM_7 = /^[\x20-\x7e£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà]*$/;

/** One line of a reply that fits the alphabet of SMS where that can be: a single other letter would halve the message. */
export function gsmLine(text: string): string {
  const plain = TYPOGRAPHY.reduce(
    (result, [pattern, replacement]) => result.replace(pattern, replacement),
    text,
  ).trim();
  if (GSM_7.test(plain)) return plain;
  const bare = [...plain]
    .map((letter) => (GSM_7.test(letter) ? letter : letter.normalize('NFD').replace(/\p{M}/gu, '')))
    .join('');
  return GSM_7.test(bare) ? bare : plain;
}
