// The immediate end of this process. `reallyExit` is what `process.exit` calls after the exit handlers: it enters C++
// and never comes back, so no handler, callback or pending write of JavaScript runs any more. Unlike SIGKILL it leaves
// an exit code, by which the agent tells a fault that the process saw itself from a kill.
import { writeSync } from 'node:fs';

/** EX_SOFTWARE of sysexits.h. */
export const FATAL_EXIT_CODE: number = 70;

export type FatalHook = (reason: string, cause: unknown) => void;

/** @param hook may write a last synchronous record, such as an exit journal; what it throws is ignored */
export function exitFatally(reason: string, cause: unknown, hook?: FatalHook): never {
  const fields = { level: 'fatal', time: new Date().toISOString(), pid: process.pid, message: reason, cause: describe(cause) };
  attempt(() => writeSync(2, `${JSON.stringify(fields)}\n`));
  attempt(() => hook?.(reason, cause));
  // Not in the type declarations: Node's internal entry, stable since 0.x and used by tools such as signal-exit.
  (process as unknown as { reallyExit(code: number): never }).reallyExit(FATAL_EXIT_CODE);
  return process.abort();
}

/** Nothing may keep a process alive that has to end: a closed stderr as little as a faulty hook. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {}
}

function describe(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
