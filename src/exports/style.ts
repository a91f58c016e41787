export const FILE_FORMATS = ['csv', 'jsonl', 'parquet'] as const;

/** How a file is written: besides its rows and columns, everything that its bytes depend on. */
export interface FileStyle {
  /** The csv goes to spreadsheets, which run cells that look like formulas; jsonl and parquet do not. */
  format: (typeof FILE_FORMATS)[number];
  gzip: boolean;
  /**
   * Of csv only, for spreadsheets: a byte order mark, by which Excel knows UTF-8, and texts in quotes, numbers and dates in
   * none, by which one can be told to leave `007` and `+1404…` alone.
   */
  excel: boolean;
  /** Free text of a csv without its guard. */
  raw: boolean;
  /** Personal data masked. */
  redact: boolean;
}
