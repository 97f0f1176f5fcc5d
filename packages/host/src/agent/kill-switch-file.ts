// The kill switch as a file: `touch DIR/agent/kill-switch` throws it, removing it releases it. Whatever is there throws
// it, a directory or a dangling link too; that it is absent must be certain.
import { lstatSync } from 'node:fs';
import type { KillSwitchReader } from '@reknit/recovery';

export const killSwitchFile = (path: string): KillSwitchReader => ({
  path,
  read: () => {
    try {
      lstatSync(path);
      return 'present';
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'absent' : 'unreadable';
    }
  },
});
