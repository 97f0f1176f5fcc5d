// What a running member writes beside its log, or not at all: a file that the disk refuses now ends the process at once. Others
// may have been told already what rests on it, and after a failed sync nobody knows what the disk holds (rule 8 of durability).
// Before a member runs it is the other way round: then a disk's refusal is a reason not to start, told by a StartError.
import { DiskError, type Runtime } from '@reknit/runtime';

/** @param what is written, for people */
export function durably(runtime: Pick<Runtime, 'fatal'>, what: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    runtime.fatal(`cannot write ${what}`, error);
  }
}
