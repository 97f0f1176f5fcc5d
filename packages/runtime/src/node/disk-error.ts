import { DiskError, type DiskErrorCode } from '../disk.js';

const CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EEXIST: 'exists',
  ENOTEMPTY: 'exists',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  EROFS: 'not-permitted',
};

export function toDiskError(path: string, cause: unknown): DiskError {
  if (cause instanceof DiskError) return cause;
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  return new DiskError(CODES[errno] ?? 'io', path, message, { cause });
}

export function mapErrors<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw toDiskError(path, error);
  }
}
