ALTER TABLE ops.runs
  ALTER COLUMN finished_at DROP NOT NULL,
  ALTER COLUMN exit_code DROP NOT NULL,
  ADD COLUMN feature text,
  ADD COLUMN summary jsonb NOT NULL DEFAULT '{}',
  DROP CONSTRAINT runs_status_check,
  ADD CONSTRAINT runs_status_check CHECK (status IN ('running', 'done', 'findings', 'errors', 'interrupted'));
COMMENT ON TABLE ops.runs IS 'One row for each run of a command that judges or writes.';
COMMENT ON COLUMN ops.runs.finished_at IS 'When it ended; null while it runs, and where it was killed.';
COMMENT ON COLUMN ops.runs.status IS 'running; done: nothing found; findings: a check failed, drift remained; errors: something could not be done; interrupted: stopped or killed before its end.';
COMMENT ON COLUMN ops.runs.exit_code IS 'Exit code of the command; null while it runs, and where it was killed.';
COMMENT ON COLUMN ops.runs.feature IS 'The feature whose lock it holds while it runs; null for runs that hold none.';
COMMENT ON COLUMN ops.runs.summary IS 'What it counted, such as the rows that it changed.';

CREATE TABLE ops.change_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id uuid NOT NULL REFERENCES ops.runs (id),
  table_name text NOT NULL,
  row_id text NOT NULL,
  before jsonb,
  after jsonb NOT NULL,
  reason text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  undone_by uuid REFERENCES ops.runs (id)
);
CREATE INDEX change_log_run_id_idx ON ops.change_log (run_id);
CREATE INDEX change_log_table_name_row_id_idx ON ops.change_log (table_name, row_id);
COMMENT ON TABLE ops.change_log IS 'The ledger: one row for each change of a row of the platform, written in the transaction that made it.';
COMMENT ON COLUMN ops.change_log.id IS 'In the order of the changes to one row.';
COMMENT ON COLUMN ops.change_log.run_id IS 'The run that changed it.';
COMMENT ON COLUMN ops.change_log.table_name IS 'Table of the platform.';
COMMENT ON COLUMN ops.change_log.row_id IS 'Primary key of the changed row.';
COMMENT ON COLUMN ops.change_log.before IS 'The changed columns as they were; null where the row was created.';
COMMENT ON COLUMN ops.change_log.after IS 'The changed columns as they were written.';
COMMENT ON COLUMN ops.change_log.reason IS 'Why, for a person.';
COMMENT ON COLUMN ops.change_log.at IS 'When it was written.';
COMMENT ON COLUMN ops.change_log.undone_by IS 'The run that restored the values before it.';

CREATE TABLE ops.watermarks (
  name text PRIMARY KEY,
  at timestamptz(3) NOT NULL,
  full_at timestamptz(3) NOT NULL,
  run_id uuid NOT NULL REFERENCES ops.runs (id)
);
COMMENT ON TABLE ops.watermarks IS 'Up to when each incremental job has seen everything.';
COMMENT ON COLUMN ops.watermarks.name IS 'The job, such as reconcile.';
COMMENT ON COLUMN ops.watermarks.at IS 'Changes committed before this time have been looked at.';
COMMENT ON COLUMN ops.watermarks.full_at IS 'Same for the last pass over all rows.';
COMMENT ON COLUMN ops.watermarks.run_id IS 'The run that moved it.';
