import type { IncomingMessage } from 'node:http';

/** A body that is not taken; its status is that of the answer. */
export class BodyError extends Error {
  readonly status: 413 | 415;

  constructor(status: 413 | 415) {
    super(status === 413 ? 'the body is too large' : 'compressed bodies are not accepted');
    this.status = status;
  }
}

/**
 * The bytes of a request as they were sent, as signatures are over bytes. Rejects with a BodyError where they are more
 * than `maxBytes`, announced or sent, and where they are compressed, which could be of any size; with the connection's
 * error where the sender goes away.
 */
export function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { 'content-encoding': encoding = 'identity', 'content-length': announced } = request.headers;
    if (encoding !== 'identity') throw new BodyError(415);
    if (Number(announced) > maxBytes) throw new BodyError(413);
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.pause();
        reject(new BodyError(413));
      } else chunks.push(chunk);
    });
    request.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.on('error', reject);
  });
}
