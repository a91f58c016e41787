// What `npm run bench -- webhooks` compares with: inserts each body with one statement, and verifies nothing.
import { createServer } from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
await pool.query('CREATE SCHEMA IF NOT EXISTS bench');
await pool.query(
  'CREATE TABLE IF NOT EXISTS bench.bodies (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL, at timestamptz NOT NULL DEFAULT now())',
);

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  await pool.query('INSERT INTO bench.bodies (body) VALUES ($1)', [Buffer.concat(chunks)]);
  response.end();
});
server.listen(0, '127.0.0.1', () => process.stderr.write(`Listening on http://127.0.0.1:${server.address().port}.\n`));
process.on('SIGTERM', () => process.exit(0));
