/** The basic table of GSM 03.38, as the inside of a SQL string E'…'. */
const BASIC =
  "@£$¥èéùìòÇ\\nØø\\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&''()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/** Its extension table: each of these is sent as an escape and a character. */
const EXTENSION = '^{}\\\\[~]|€\\f';

const septets = `length(message) + length(message) - length(translate(message, E'${EXTENSION}', ''))`;
/** Characters beyond the basic plane take two units of UCS-2. */
const units = `length(message) + length(regexp_replace(message, E'[^\\\\U00010000-\\\\U0010ffff]', '', 'g'))`;

/** SQL for the number of segments that `message` is sent in. */
export const SEGMENTS_OF_MESSAGE = `(CASE WHEN translate(message, E'${BASIC}${EXTENSION}', '') = ''
      THEN CASE WHEN ${septets} <= 160 THEN 1 ELSE (${septets} + 152) / 153 END
      ELSE CASE WHEN ${units} <= 70 THEN 1 ELSE (${units} + 66) / 67 END END)`;
