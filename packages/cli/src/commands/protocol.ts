// `reknit protocol switch`: another consensus protocol for a cluster that runs, without losing a write.
import type { ProtocolName } from '@reknit/client';
import { type ChangeCommandOptions, carryOut } from './reconfigure.js';

export async function switchProtocol(protocol: ProtocolName, options: ChangeCommandOptions): Promise<number> {
  return carryOut(
    options,
    () => ({ kind: 'switch', protocol }),
    (terminal, { before, after }) => {
      const same = before.protocol === protocol;
      terminal.line(
        same
          ? `  ${protocol} already runs, configuration ${after.epoch}`
          : `  ${terminal.paint.green('✔')} ${before.protocol} → ${after.protocol}, configuration ${after.epoch}`,
      );
    },
  );
}
