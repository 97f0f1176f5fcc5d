// Any declared question, asked once. It always answers, within the timeout and the grain of a timer, and leaves nothing behind.
import { type Millis, unreachable } from '@reknit/base';
import type { ProbeAnswer, ProbeSpec } from '@reknit/recovery';
import { askCommand } from './ask-command.js';
import { askGrpc } from './ask-grpc.js';
import { askHttp } from './ask-http.js';
import { askTcp } from './ask-tcp.js';

export async function askProbe(probe: ProbeSpec, timeoutMs: Millis): Promise<ProbeAnswer> {
  try {
    return await ask(probe, timeoutMs);
  } catch (error) {
    // An address or URL that cannot be one: there is nobody to be asked.
    return { outcome: 'refused', detail: error instanceof Error ? error.message : String(error) };
  }
}

function ask(probe: ProbeSpec, timeoutMs: Millis): Promise<ProbeAnswer> {
  switch (probe.kind) {
    case 'http':
      return askHttp(probe, timeoutMs);
    case 'tcp':
      return askTcp(probe.address, timeoutMs);
    case 'grpc':
      return askGrpc(probe, timeoutMs);
    case 'command':
      return askCommand(probe, timeoutMs);
    default:
      return unreachable(probe);
  }
}
