import { open, rm } from 'node:fs/promises';
import { notWritten, temporaryIn } from './file.js';

/** Bytes that have to wait on disk for their turn. */
export interface Spool {
  write(bytes: Uint8Array): Promise<void>;
  /** All that was written so far, once. A chunk is valid until the next one is asked for. */
  read(): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Opens a file for the owner alone that has no name any more, so that nothing is left of it whatever happens to the
 * process; where the system does not allow that, it goes away when it is closed. Throws FILE_NOT_WRITTEN.
 */
export async function openSpool(folder: string): Promise<Spool> {
  const path = temporaryIn(folder);
  const refuse = (error: unknown): never => {
    throw notWritten(path, error);
  };
  const handle = await open(path, 'wx+', 0o600).catch(refuse);
  const isNameless = await rm(path).then(
    () => true,
    () => false,
  );
  return {
    async write(bytes) {
      await handle.writeFile(bytes).catch(refuse);
    },
    async *read() {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let position = 0; ; ) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    async close() {
      await handle.close();
      if (!isNameless) await rm(path, { force: true });
    },
  };
}
