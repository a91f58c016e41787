import type { Renderer } from './renderer.js';

/** JSON.stringify leaves these as they are; on a terminal they act (U+009B begins an escape sequence) or reorder the line. */
const ACTING = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The documented document, as it stands: it says itself where it comes from the sandbox. */
export const renderJson: Renderer = (report) => {
  const text = JSON.stringify(report.document, null, 2);
  return `${text.replace(ACTING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
};
