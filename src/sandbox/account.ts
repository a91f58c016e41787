import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import { SmsfoodError } from '../errors.js';

/** The account that the server runs as, where it is not the one that runs smsfood. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. For root this is the account to use instead: the owner of the data that is there
 * already, else `postgres`, else `nobody`. initdb looks its own account up, so it must be one that exists; smsfood
 * never makes one, since a tool that is tried out has no business changing the machine's users.
 * @returns null where the server runs as the user who runs smsfood.
 */
export async function serverAccount(data: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) {
    requireName();
    return null;
  }
  const accounts = await readAccounts();
  const owner = await stat(data).catch(() => null);
  if (owner && owner.uid !== 0) {
    const name = accounts.find((account) => account.uid === owner.uid)?.name ?? `uid ${owner.uid}`;
    return { name, uid: owner.uid, gid: owner.gid };
  }
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const account = accounts.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (account) return account;
  }
  throw new SmsfoodError(
    'SANDBOX_FAILED',
    'The sandbox cannot run as root, and this machine has neither a user postgres nor a user nobody.',
    'Run smsfood as an ordinary user, or set DATABASE_URL.',
  );
}

function requireName(): void {
  try {
    os.userInfo();
  } catch (cause) {
    throw new SmsfoodError(
      'SANDBOX_FAILED',
      `The user that smsfood runs as (uid ${process.getuid?.()}) has no name in /etc/passwd, and PostgreSQL needs one.`,
      'Run smsfood as a user of this machine, or set DATABASE_URL.',
      { cause },
    );
  }
}

async function readAccounts(): Promise<Account[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    // macOS writes nobody as -2; the kernel reads it as unsigned.
    return name && uid && gid ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }] : [];
  });
}
