// What a command says when it gives up: one line with the cause and the cure, and an exit code. Anything else that reaches
// the top is a bug, and shows its stack to who asks for it.
import { EXIT, type ExitCode } from './exit-codes.js';

export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly exitCode: ExitCode;

  constructor(cause: string, cure: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(`${cause}; ${cure}`, options);
    this.exitCode = exitCode;
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Without the path and the system call, which the sentence around it names. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return (code === undefined ? undefined : REASONS[code]) ?? reasonOf(error);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EEXIST: 'a file stands in its place',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'there is no such file or directory',
  EISDIR: 'it is a directory',
};
