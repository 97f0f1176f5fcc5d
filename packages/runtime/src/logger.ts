export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log lines: `message` is constant text, what varies stands in `fields`. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
