CREATE TABLE ops.webhook_inbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text NOT NULL CHECK (source IN ('stripe', 'twilio', 'eztexting')),
  dedupe_key text NOT NULL,
  event_type text NOT NULL,
  subject text,
  occurred_at timestamptz(3) NOT NULL,
  received_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'processed', 'ignored', 'waiting', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  lease_token uuid,
  lease_until timestamptz(3),
  last_error text,
  verified_by text NOT NULL,
  delivery_count integer NOT NULL DEFAULT 1,
  conflict_count integer NOT NULL DEFAULT 0,
  content_hash bytea NOT NULL,
  processed_at timestamptz(3),
  outcome text,
  task text CHECK (task IN ('refund needed')),
  dead_reason text,
  CONSTRAINT webhook_inbox_source_dedupe_key_key UNIQUE (source, dedupe_key),
  CONSTRAINT webhook_inbox_lease_check CHECK ((status = 'processing') = (lease_token IS NOT NULL) AND (lease_token IS NULL) = (lease_until IS NULL)),
  CONSTRAINT webhook_inbox_dead_check CHECK ((status = 'dead') = (dead_reason IS NOT NULL))
);
CREATE INDEX webhook_inbox_due_idx ON ops.webhook_inbox (next_attempt_at) WHERE status IN ('pending', 'waiting');
CREATE INDEX webhook_inbox_lease_idx ON ops.webhook_inbox (lease_until) WHERE status = 'processing';
CREATE INDEX webhook_inbox_received_at_idx ON ops.webhook_inbox (received_at);
CREATE INDEX webhook_inbox_subject_idx ON ops.webhook_inbox (subject);
CREATE INDEX webhook_inbox_dead_idx ON ops.webhook_inbox (dead_reason) WHERE status = 'dead';
CREATE INDEX webhook_inbox_task_idx ON ops.webhook_inbox (task) WHERE task IS NOT NULL;
COMMENT ON TABLE ops.webhook_inbox IS 'Every webhook that was acknowledged, once: the row is the job.';
COMMENT ON COLUMN ops.webhook_inbox.id IS 'In the order of receipt.';
COMMENT ON COLUMN ops.webhook_inbox.source IS 'Provider: stripe, twilio or eztexting.';
COMMENT ON COLUMN ops.webhook_inbox.dedupe_key IS 'What makes two deliveries the same event: the Stripe event id; MessageSid; MessageSid:MessageStatus:ErrorCode.';
COMMENT ON COLUMN ops.webhook_inbox.event_type IS 'Stripe''s type, such as payment_intent.succeeded; sms.inbound; sms.status.';
COMMENT ON COLUMN ops.webhook_inbox.subject IS 'What it is about: an order, payment intent, account, subscription or message id. Null where it names none.';
COMMENT ON COLUMN ops.webhook_inbox.occurred_at IS 'By the provider''s clock where it says so (Stripe, whole seconds), else when it was received.';
COMMENT ON COLUMN ops.webhook_inbox.received_at IS 'When it was first received: by the receiver''s database, or by the spool where that was down.';
COMMENT ON COLUMN ops.webhook_inbox.status IS 'pending; processing (under a lease); processed; ignored (nothing to do); waiting (for a row that is not there yet); dead (given up, for a person).';
COMMENT ON COLUMN ops.webhook_inbox.attempts IS 'Attempts begun, counted before the work; a lost database takes its attempt back.';
COMMENT ON COLUMN ops.webhook_inbox.next_attempt_at IS 'Not before this time, while pending or waiting.';
COMMENT ON COLUMN ops.webhook_inbox.lease_token IS 'Fence of the worker that has it: whoever holds another token writes nothing.';
COMMENT ON COLUMN ops.webhook_inbox.lease_until IS 'From then on another worker may take it.';
COMMENT ON COLUMN ops.webhook_inbox.last_error IS 'Of the latest attempt that failed, redacted.';
COMMENT ON COLUMN ops.webhook_inbox.verified_by IS 'What vouched for it: secret 1, secret 2, … by their place in the configuration; file; api.';
COMMENT ON COLUMN ops.webhook_inbox.delivery_count IS 'How often it was delivered.';
COMMENT ON COLUMN ops.webhook_inbox.conflict_count IS 'How many of these deliveries had another content; the first one counts.';
COMMENT ON COLUMN ops.webhook_inbox.content_hash IS 'sha256 of what the event says, without what changes from delivery to delivery.';
COMMENT ON COLUMN ops.webhook_inbox.processed_at IS 'When it ended as processed or ignored.';
COMMENT ON COLUMN ops.webhook_inbox.outcome IS 'What the handler did, or why nothing, for a person; without personal data.';
COMMENT ON COLUMN ops.webhook_inbox.task IS 'What a person has to do: refund needed. Null for nothing, or done.';
COMMENT ON COLUMN ops.webhook_inbox.dead_reason IS 'Why it was given up: attempts, orphan, stale, invalid, …';

CREATE TABLE ops.webhook_payloads (
  event_id bigint PRIMARY KEY REFERENCES ops.webhook_inbox (id) ON DELETE CASCADE,
  body bytea NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  received_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhook_payloads_received_at_idx ON ops.webhook_payloads (received_at);
COMMENT ON TABLE ops.webhook_payloads IS 'What was sent, exactly: personal data, kept 30 days.';
COMMENT ON COLUMN ops.webhook_payloads.event_id IS 'The event.';
COMMENT ON COLUMN ops.webhook_payloads.body IS 'The bytes of the first delivery.';
COMMENT ON COLUMN ops.webhook_payloads.headers IS 'Allow-listed headers, never the signature.';
COMMENT ON COLUMN ops.webhook_payloads.received_at IS 'Same as that of the event.';

CREATE TABLE ops.webhook_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id bigint NOT NULL REFERENCES ops.webhook_inbox (id) ON DELETE CASCADE,
  number integer NOT NULL,
  run_id uuid NOT NULL REFERENCES ops.runs (id),
  started_at timestamptz(3) NOT NULL,
  finished_at timestamptz(3) NOT NULL,
  result text NOT NULL CHECK (result IN ('processed', 'ignored', 'waiting', 'retry', 'dead')),
  error text
);
CREATE INDEX webhook_attempts_event_id_idx ON ops.webhook_attempts (event_id);
COMMENT ON TABLE ops.webhook_attempts IS 'Each attempt to process an event that came to an end. One that is missing between two numbers was killed.';
COMMENT ON COLUMN ops.webhook_attempts.id IS 'In the order of their ends.';
COMMENT ON COLUMN ops.webhook_attempts.event_id IS 'The event.';
COMMENT ON COLUMN ops.webhook_attempts.number IS 'Which attempt since it was received or replayed, from 1.';
COMMENT ON COLUMN ops.webhook_attempts.run_id IS 'The process that made it: a run of webhooks serve, work or replay.';
COMMENT ON COLUMN ops.webhook_attempts.started_at IS 'When it began.';
COMMENT ON COLUMN ops.webhook_attempts.finished_at IS 'When it ended.';
COMMENT ON COLUMN ops.webhook_attempts.result IS 'processed, ignored, waiting, retry or dead.';
COMMENT ON COLUMN ops.webhook_attempts.error IS 'Why it failed or waits, redacted.';

CREATE TABLE ops.webhook_replies (
  event_id bigint PRIMARY KEY REFERENCES ops.webhook_inbox (id) ON DELETE CASCADE,
  body text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  handed_out_at timestamptz(3)
);
COMMENT ON TABLE ops.webhook_replies IS 'The outbox of SMS replies, one an inbound message: written with the effects of the message, handed out as the answer to its delivery.';
COMMENT ON COLUMN ops.webhook_replies.event_id IS 'The inbound message.';
COMMENT ON COLUMN ops.webhook_replies.body IS 'Text of the reply.';
COMMENT ON COLUMN ops.webhook_replies.created_at IS 'When the message was processed.';
COMMENT ON COLUMN ops.webhook_replies.handed_out_at IS 'When it was first given to the provider as an answer; null while it was not.';

CREATE TABLE ops.webhook_replays (
  id uuid PRIMARY KEY REFERENCES ops.runs (id),
  filter jsonb NOT NULL,
  reason text,
  status text NOT NULL CHECK (status IN ('running', 'done', 'stopped', 'cancelled')),
  selected integer NOT NULL,
  started_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz(3)
);
COMMENT ON TABLE ops.webhook_replays IS 'One row for each replay that was applied: who asked, why, for what.';
COMMENT ON COLUMN ops.webhook_replays.id IS 'The run that began it.';
COMMENT ON COLUMN ops.webhook_replays.filter IS 'How the events were selected.';
COMMENT ON COLUMN ops.webhook_replays.reason IS 'Why, in the words of who asked.';
COMMENT ON COLUMN ops.webhook_replays.status IS 'running (or killed: it can be resumed); done; stopped at --max-failures; cancelled.';
COMMENT ON COLUMN ops.webhook_replays.selected IS 'Events of the frozen selection.';
COMMENT ON COLUMN ops.webhook_replays.started_at IS 'When the selection was frozen.';
COMMENT ON COLUMN ops.webhook_replays.finished_at IS 'When it came to its end; null while it did not.';

CREATE TABLE ops.webhook_replay_events (
  replay_id uuid NOT NULL REFERENCES ops.webhook_replays (id) ON DELETE CASCADE,
  position integer NOT NULL,
  event_id bigint NOT NULL REFERENCES ops.webhook_inbox (id) ON DELETE CASCADE,
  result text CHECK (result IN ('processed', 'ignored', 'waiting', 'retry', 'dead', 'skipped')),
  at timestamptz(3),
  PRIMARY KEY (replay_id, position)
);
CREATE INDEX webhook_replay_events_event_id_idx ON ops.webhook_replay_events (event_id);
COMMENT ON TABLE ops.webhook_replay_events IS 'The frozen selection of a replay, and how far it came: the cursor.';
COMMENT ON COLUMN ops.webhook_replay_events.replay_id IS 'The replay.';
COMMENT ON COLUMN ops.webhook_replay_events.position IS 'In the order of occurred_at and id, from 1.';
COMMENT ON COLUMN ops.webhook_replay_events.event_id IS 'The event.';
COMMENT ON COLUMN ops.webhook_replay_events.result IS 'How its attempt ended; skipped: it needed none by then. Null while it is still to be done.';
COMMENT ON COLUMN ops.webhook_replay_events.at IS 'When.';

ALTER TABLE ops.change_log ADD COLUMN event_id bigint REFERENCES ops.webhook_inbox (id) ON DELETE SET NULL;
CREATE INDEX change_log_event_id_idx ON ops.change_log (event_id) WHERE event_id IS NOT NULL;
COMMENT ON COLUMN ops.change_log.event_id IS 'The webhook that it is an effect of; null for others, and where the event was pruned.';
