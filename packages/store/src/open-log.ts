// The member's write-ahead log, or the reason why it cannot be opened, for the person who has to mend it.
import type { Millis } from '@reknit/base';
import type { Runtime } from '@reknit/runtime';
import { openWal, type Wal } from '@reknit/wal';
import type { DataDirectory } from './data-directory.js';
import { DEFAULT_SEGMENT_BYTES } from './options.js';
import { StartError } from './start-error.js';

/** Throws StartError, DiskError. */
export function openLog(
  runtime: Runtime,
  directory: DataDirectory,
  segmentBytes: number = DEFAULT_SEGMENT_BYTES,
  onSynced: (took: Millis) => void,
  onRot: (detail: string) => void = () => undefined,
): Wal {
  const opened = openWal(runtime, {
    directory: `${directory.path}/wal`,
    incarnation: directory.identity.incarnation,
    segmentBytes,
    onSynced,
    onFatal: (error) => runtime.fatal('the write-ahead log cannot be written any more', error),
  });
  if (!opened.ok) {
    const places = opened.damage.map(({ segment, offset, kind, detail }) => `${segment} at ${offset}: ${kind}, ${detail}`);
    throw new StartError(
      'log-damaged',
      `the write-ahead log in ${directory.path}/wal is damaged (${places.join('; ')})`,
      opened.hint,
    );
  }
  for (const damage of opened.repaired) {
    if (damage.kind === 'torn') runtime.log.log('warn', 'cut an unfinished write off the log', { ...damage });
    else {
      runtime.log.log('error', 'the disk has changed a part of the log: what is lost of it is had from other members', {
        ...damage,
      });
      onRot(
        `${damage.length} bytes at ${damage.offset} of ${damage.segment} were acknowledged and are damaged: ${damage.detail}`,
      );
    }
  }
  return opened.wal;
}
