import { z } from 'zod';

const ResultSchema = z.looseObject({
  id: z.string(),
  status: z.enum(['pass', 'warn', 'fail', 'error', 'skipped']),
  violations: z.number().nullable(),
  rows: z.number().nullable(),
  cents: z.number().nullable(),
  value: z.number().nullable(),
  samples: z.array(z.record(z.string(), z.unknown())),
  reason: z.string().nullable(),
  error: z
    .object({ code: z.string(), position: z.object({ line: z.number(), column: z.number() }).nullable() })
    .nullable(),
});
export type CheckOutcome = z.infer<typeof ResultSchema>;

const DocumentSchema = z.looseObject({
  schema: z.literal('smsfood.check/1'),
  run: z.looseObject({ snapshot: z.enum(['shared', 'single']), complete: z.boolean(), queries: z.number() }),
  results: z.array(ResultSchema),
  notes: z.array(z.string()),
  exitCode: z.number(),
});

/** The JSON that `smsfood check` printed, and its results by id. */
export function readDocument(stdout: string): z.infer<typeof DocumentSchema> & { byId: Map<string, CheckOutcome> } {
  const document = DocumentSchema.parse(JSON.parse(stdout));
  return { ...document, byId: new Map(document.results.map((result) => [result.id, result])) };
}
