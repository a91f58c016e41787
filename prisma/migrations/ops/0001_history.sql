CREATE TABLE ops.runs (
  id uuid PRIMARY KEY,
  command text NOT NULL,
  arguments jsonb NOT NULL,
  version text NOT NULL,
  host text NOT NULL,
  started_at timestamptz(3) NOT NULL,
  finished_at timestamptz(3) NOT NULL,
  status text NOT NULL CHECK (status IN ('done', 'findings', 'errors')),
  exit_code integer NOT NULL
);
CREATE INDEX runs_started_at_idx ON ops.runs (started_at);
COMMENT ON TABLE ops.runs IS 'One row for each run of a command that judges or writes.';
COMMENT ON COLUMN ops.runs.id IS 'The runId of the logs.';
COMMENT ON COLUMN ops.runs.command IS 'Name of the command, such as check.';
COMMENT ON COLUMN ops.runs.arguments IS 'What it was asked to do, without secrets and personal data.';
COMMENT ON COLUMN ops.runs.version IS 'Version of smsfood.';
COMMENT ON COLUMN ops.runs.host IS 'Machine on which it ran.';
COMMENT ON COLUMN ops.runs.started_at IS 'When it began.';
COMMENT ON COLUMN ops.runs.finished_at IS 'When it ended.';
COMMENT ON COLUMN ops.runs.status IS 'done: nothing found; findings: a check failed; errors: something could not be judged.';
COMMENT ON COLUMN ops.runs.exit_code IS 'Exit code of the command.';

CREATE TABLE ops.check_results (
  run_id uuid NOT NULL REFERENCES ops.runs (id) ON DELETE CASCADE,
  check_id text NOT NULL,
  dimension text NOT NULL,
  level text NOT NULL CHECK (level IN ('fail', 'warn')),
  status text NOT NULL CHECK (status IN ('pass', 'warn', 'fail', 'error', 'skipped')),
  violations bigint,
  rows bigint,
  cents bigint,
  value double precision,
  duration_ms integer,
  scope text NOT NULL CHECK (scope IN ('all', 'since', 'as-of', 'baseline')),
  reason text,
  PRIMARY KEY (run_id, check_id)
);
CREATE INDEX check_results_check_id_idx ON ops.check_results (check_id);
COMMENT ON TABLE ops.check_results IS 'One row for each check of each run.';
COMMENT ON COLUMN ops.check_results.run_id IS 'The run that judged it.';
COMMENT ON COLUMN ops.check_results.check_id IS 'Id of the check, <domain>.<slug>.';
COMMENT ON COLUMN ops.check_results.dimension IS 'Dimension of data quality.';
COMMENT ON COLUMN ops.check_results.level IS 'The worst status that the check can have.';
COMMENT ON COLUMN ops.check_results.status IS 'Outcome by the thresholds of that run.';
COMMENT ON COLUMN ops.check_results.violations IS 'Exact number of violating rows; null for metrics and errors.';
COMMENT ON COLUMN ops.check_results.rows IS 'Rows that were looked at: the denominator.';
COMMENT ON COLUMN ops.check_results.cents IS 'Money at stake in the violating rows, in cents.';
COMMENT ON COLUMN ops.check_results.value IS 'Value of a metric.';
COMMENT ON COLUMN ops.check_results.duration_ms IS 'Wall time of the statement that answered it.';
COMMENT ON COLUMN ops.check_results.scope IS 'all: every row; since: only new rows; as-of: another clock; baseline: only violations that no baseline excuses. Only all counts for trends.';
COMMENT ON COLUMN ops.check_results.reason IS 'Why it was skipped or could not be judged.';
