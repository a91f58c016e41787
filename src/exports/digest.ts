import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { type Access, inSession } from '../db/session.js';
import { copyRecords, tune } from './rows.js';
import type { Selection } from './statement.js';
import { readSlices } from './survey.js';
import { createTally, type WrittenSlice } from './tally.js';

/** The slices as they are now, as if they were exported again, with nothing kept of the rows. */
export async function digestRows(pool: Pool, selection: Selection, access: Access): Promise<WrittenSlice[]> {
  const { limits, signal } = access;
  return inSession(pool, { mode: 'read', limits, signal }, async (session) => {
    const slices = await readSlices(session, selection);
    await tune(session, selection, slices);
    const tally = createTally(selection.style.format, slices);
    for await (const _bytes of copyRecords(session, selection, selection.period, tally));
    return tally.slices;
  }).catch(couldNot(`read ${selection.dataset.name} again`, signal));
}
