// Where a member within this process keeps what it must not forget. The storage outlives the member: started on it again, the
// same member goes on.
import { memoryPagesHome, type PagesHome } from '@reknit/mvcc';
import { lmdbPagesHome } from '@reknit/mvcc/lmdb';
import { type Clock, createMemoryDisk, type Disk, type Runtime } from '@reknit/runtime';

export interface MemberStorage {
  readonly directory: string;
  disk(runtime: Runtime): Disk;
  pagesHome(keyspace: string, directory: string): PagesHome;
}

/** On this machine's disk: a write-ahead log and LMDB, as a member process has them. */
export const directoryStorage = (directory: string): MemberStorage => ({
  directory,
  disk: (runtime) => runtime.disk,
  pagesHome: (_keyspace, at) => lmdbPagesHome({ directory: at }),
});

/** Lives as long as this object; no disk is touched and nothing waits for one. */
export function memoryStorage(): MemberStorage {
  const homes = new Map<string, PagesHome>();
  const soon: Clock['soon'] = (callback) => void setImmediate(callback);
  const disk = createMemoryDisk(soon);
  return {
    directory: '/member',
    disk: () => disk,
    pagesHome: (keyspace) => {
      const home = homes.get(keyspace) ?? memoryPagesHome({ schedule: soon });
      homes.set(keyspace, home);
      return home;
    },
  };
}
