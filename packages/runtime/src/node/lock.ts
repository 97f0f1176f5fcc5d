// A lock that the kernel releases: a bound name in Linux's abstract socket namespace, which vanishes with the last
// thread of its process, whatever ended it. So there is no stale lock and no race to take one over, and a process whose
// disk hangs after SIGKILL still holds it, as it must: its last write may yet happen. The file at `path` only tells
// people who holds it. It excludes processes of one network namespace: containers must not share a data directory.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { basename, dirname } from 'node:path';

/** All of `sun_path`: Node versions differ in whether they pad a shorter name, and would then not exclude each other. */
const NAME_BYTES = 108;

const held = new Map<string, net.Server>();

export function tryLock(path: string): boolean {
  const name = lockName(path);
  if (held.has(name)) return true;
  const server = bind(name);
  if (server === undefined) return false;
  held.set(name, server);
  fs.writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
  return true;
}

/**
 * By the directory's identity, not its path: links and relative paths lead to the same lock. (A directory made anew may
 * get the number of a removed one, whose holder then still excludes others while it lives: the safe side.)
 */
function lockName(path: string): string {
  const { dev, ino } = fs.statSync(dirname(path), { bigint: true });
  const digest = createHash('sha256')
    .update(`${dev}:${ino}:${basename(path)}`)
    .digest('hex');
  return `\0reknit-lock-${digest}`.padEnd(NAME_BYTES, '\0');
}

function bind(name: string): net.Server | undefined {
  const server = net.createServer((socket) => socket.destroy());
  // A name in use is told below; its error event follows later and carries nothing more.
  server.on('error', () => {});
  // `exclusive` makes Node bind within this call, so `listening` is known when it returns.
  server.listen({ path: name, exclusive: true });
  server.unref();
  return server.listening ? server : undefined;
}
