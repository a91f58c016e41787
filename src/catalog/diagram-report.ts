import type { Report } from '../report.js';
import type { Diagram } from './erd.js';

/** Diagrams as they are pasted into a page; the document has them by id. */
export function diagramReport(
  name: string,
  diagrams: readonly Diagram[],
  { facts = {}, notes, sandbox }: { facts?: Record<string, unknown>; notes: readonly string[]; sandbox: boolean },
): Report {
  const schema = `smsfood.${name.replace(' ', '-')}/1`;
  return {
    name,
    document: { schema, ...facts, diagrams, notes },
    table: {
      columns: [
        { key: 'id', label: 'Id', kind: 'id' },
        { key: 'title', label: 'Title', kind: 'text' },
        { key: 'mermaid', label: 'Mermaid', kind: 'text' },
      ],
      rows: diagrams.map((diagram) => ({ ...diagram })),
    },
    sections: [
      ...diagrams.map(({ title, mermaid }) => ({ title, code: { language: 'mermaid', text: mermaid } })),
      ...(notes.length === 0 ? [] : [{ lines: [...notes] }]),
    ],
    sandbox,
  };
}
