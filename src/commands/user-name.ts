import { userInfo } from 'node:os';

/** Who runs this, for the record; in a container the account may have no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
