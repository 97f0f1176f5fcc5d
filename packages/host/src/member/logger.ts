// Structured log lines as etcd's operators know them: one JSON object with level, ts, msg, written whole and at once.
import type { Logger, LogLevel } from '@reknit/runtime';
import { pino } from 'pino';

/** Lines go to standard error, synchronously: the last one before an exit is never lost. */
export function createLogger(level: LogLevel, bindings: Readonly<Record<string, unknown>> = {}): Logger {
  const logger = pino(
    {
      level,
      base: bindings,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
  return { log: (at, message, fields) => logger[at](fields ?? {}, message) };
}
